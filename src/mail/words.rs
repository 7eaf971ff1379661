//! The words of a text, as searches take them. There is one definition, for what the index holds and for who reads the
//! mail itself, so that both give the same answer.
//!
//! A word is a run of letters and digits, in small letters; everything else parts words, so that `hg-web_1.dmz` is four of
//! them. Where a script has no blanks between words (Chinese, Japanese) each character is one. What only forms the letter
//! before it, or hints where a word may be broken, is left out: it is not seen, and not typed.

/// Longest word that is told apart, in bytes; of longer ones (encoded files) the start counts.
const LONGEST: usize = 64;

/// Most words that are looked for as a phrase.
pub const PHRASE: usize = 64;

/// Gives every word of a text, in order.
pub fn each(text: &str, mut word: impl FnMut(&str)) {
    let mut run = String::with_capacity(LONGEST);
    let mut give = |run: &mut String| {
        if !run.is_empty() {
            word(run);
            run.clear();
        }
    };
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            push(&mut run, c.to_ascii_lowercase());
        } else if c.is_ascii() {
            give(&mut run);
        } else if is_left_out(c) {
        } else if is_word_by_itself(c) {
            give(&mut run);
            push(&mut run, c);
            give(&mut run);
        } else if c.is_alphanumeric() {
            c.to_lowercase().filter(|c| !is_left_out(*c)).for_each(|c| push(&mut run, c));
        } else {
            give(&mut run);
        }
    }
    give(&mut run);
}

fn push(run: &mut String, c: char) {
    if run.len() + c.len_utf8() <= LONGEST {
        run.push(c);
    }
}

/// Combining marks, soft hyphens, joiners.
fn is_left_out(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// Kana and Han.
fn is_word_by_itself(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        && c.is_alphanumeric()
}

/// Words that must follow each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    words: Vec<String>,
    /// Whether the last one may go on.
    open: bool,
}

impl Phrase {
    /// The words of a text; the last one is the start of a word where the text ends in `*`. An error where there is none, or
    /// too many, in words.
    pub fn new(text: &str) -> Result<Phrase, String> {
        let start = text.strip_suffix('*');
        let mut words = Vec::new();
        each(start.unwrap_or(text), |word| words.push(word.to_owned()));
        match words.len() {
            0 => Err("there is no word in this: words are letters and digits; /…/ is a regular expression".to_owned()),
            1..=PHRASE => Ok(Phrase { words, open: start.is_some_and(|start| start.ends_with(is_part)) }),
            count => Err(format!("a phrase of {count} words; at most {PHRASE} are looked for")),
        }
    }

    /// The words, in order.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the last word is the start of one.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether a text holds them.
    pub fn is_in(&self, text: &str) -> bool {
        // Bit n: the words up to the n-th stand right before here.
        let (mut stand, mut found) = (0u64, false);
        let last = self.words.len() - 1;
        each(text, |word| {
            if found {
                return;
            }
            let before = stand << 1 | 1;
            stand = 0;
            for (n, wanted) in self.words.iter().enumerate().filter(|(n, _)| before >> n & 1 == 1) {
                let same = if self.open && n == last { word.starts_with(wanted.as_str()) } else { word == wanted };
                stand |= u64::from(same) << n;
            }
            found = stand >> last & 1 == 1;
        });
        found
    }
}

/// Whether a character belongs to a word.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() && !is_word_by_itself(c) || is_left_out(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn what_a_word_is() {
        assert_eq!(words("hg-web_1.dmz: OK,ok"), ["hg", "web", "1", "dmz", "ok", "ok"]);
        assert_eq!(words("Grüße, ÉTÉ e\u{301}te\u{301} co\u{ad}operate"), ["grüße", "été", "ete", "cooperate"]);
        assert_eq!(words("東京でbuild失敗"), ["東", "京", "で", "build", "失", "敗"]);
        assert_eq!(words(" \u{301}--\u{200b} "), [""; 0]);
        let long = words(&format!("{} b", "é".repeat(100)));
        assert_eq!((long[0].as_str(), long[1].as_str()), ("é".repeat(32).as_str(), "b"));
    }

    #[test]
    fn a_phrase_is_found_where_its_words_follow_each_other() {
        let is_in = |phrase: &str, text: &str| Phrase::new(phrase).unwrap().is_in(text);
        assert!(is_in("disk full", "the DISK, full of mail"));
        assert!(!is_in("disk full", "full disk"));
        assert!(!is_in("disk full", "disk is full"));
        assert!(is_in("a a b", "a a a b"));
        assert!(is_in("rel*", "the release") && !is_in("rel", "the release") && !is_in("rel *", "the release"));
        assert!(is_in("mozilla rel*", "Mozilla-Release") && !is_in("moz* release", "Mozilla release"));
        assert!(is_in("京で", "東京でbuild"));
        for none in ["", "*", "--", "\u{301}"] {
            assert!(Phrase::new(none).is_err(), "{none:?}");
        }
        assert!(Phrase::new(&"a ".repeat(65)).is_err());
    }

    proptest! {
        #[test]
        fn a_text_holds_every_run_of_its_words(text in "[a-c .東é*]{0,40}", from in 0usize..20, length in 1usize..6) {
            let all = words(&text);
            let run = all.get(from..(from + length).min(all.len())).unwrap_or_default();
            prop_assume!(!run.is_empty());
            prop_assert!(Phrase::new(&run.join(" ")).unwrap().is_in(&text));
        }

        #[test]
        fn words_of_words_are_the_same_words(text in any::<String>()) {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }
    }
}
