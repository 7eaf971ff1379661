//! Links that unsubscribe. Whoever opens one takes the whole team off a list, without a login: so they are found in any
//! form, never opened, and never passed on.

use super::body::{self, Link};
use super::message::{Message, Oddity};
use super::{header, parse};

/// What stands where a link was.
pub const HIDDEN: &str = "[unsubscribe link removed]";
/// What a link of that kind holds somewhere.
const IN_LINK: &[&str] = &["unsub", "opt-out", "opt_out", "optout", "remove-me", "removeme"];
/// What is said before one, or what it is called.
const IN_WORDS: &[&str] =
    &["unsubscrib", "opt out", "opt-out", "stop receiving these", "stop receiving mail", "stop receiving email"];
/// Lines from that length on may have been broken within a link.
const LONG_LINE: usize = 60;

/// Whether a link unsubscribes, by what it shows and where it leads.
pub fn is(text: &str, target: &str) -> bool {
    let target = plain(target);
    IN_LINK.iter().any(|word| target.contains(word)) || (text != target && asks(text))
}

/// Whether the links of a text that the text itself calls so do unsubscribe: marks them.
pub(super) fn mark(text: &str, links: &mut [Link]) {
    let called = called(text);
    for link in links.iter_mut().filter(|link| !link.unsubscribes) {
        link.unsubscribes = called.iter().any(|range| text.get(range.clone()) == Some(link.target.as_str()));
    }
}

/// A text without such links; `links` are those of the text, whole where its lines are broken.
pub fn hide(text: &str, links: &[Link]) -> String {
    let mut ranges = tokens(text);
    ranges.extend(called(text));
    ranges.extend(links.iter().filter(|link| link.unsubscribes).flat_map(|link| places(text, &link.target)));
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.start < at {
            continue;
        }
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(HIDDEN);
        at = broken_on(text, range.end);
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Whether a text that a person wrote holds such a link.
pub fn is_in(text: &str) -> bool {
    !tokens(text).is_empty()
}

/// Where a message holds such a link, in words: its header fields, any part of it shown or not, and what lies in attached
/// messages, however it is encoded.
pub fn found(message: &Message) -> Option<String> {
    let outside = || {
        // Before, between and behind the parts; what is not read as a part at all.
        let raw = String::from_utf8_lossy(message.raw());
        (!tokens(&raw).is_empty()).then(|| "outside its parts".to_owned())
    };
    let inside = body::texts(message.raw()).into_iter().find_map(|held| {
        let listed = held.field.as_deref().is_some_and(is_field);
        let linked = held.links.iter().any(|link| link.unsubscribes);
        (listed || linked || !tokens(&held.text).is_empty() || !called(&held.text).is_empty()).then_some(held.place)
    });
    inside.or_else(outside)
}

/// Whether a header field of that name holds such links (RFC 2369, RFC 8058).
fn is_field(name: &str) -> bool {
    const START: &str = "list-unsubscribe";
    name.get(..START.len()).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// The message without the fields of its own header that are there for such links, every other byte as it was; `None` where
/// it has none of them, or where that does not make it free of such links.
pub fn without_fields(message: &Message) -> Option<Message> {
    let raw = message.raw();
    let block = header::block(raw, true);
    // What is too long to be read whole cannot be taken out whole.
    if block.cut {
        return None;
    }
    let mut kept = Vec::with_capacity(raw.len());
    let mut at = 0;
    for line in block.lines(raw).filter(|(name, _)| is_field(name)).map(|(_, line)| line) {
        kept.extend_from_slice(raw.get(at..line.start)?);
        at = line.end;
    }
    if at == 0 {
        return None;
    }
    kept.extend_from_slice(raw.get(at..)?);
    let mut kept = parse::message(kept);
    // What was cut is not whole again because it is shorter now.
    if message.oddities.contains(&Oddity::FileCut) && !kept.oddities.contains(&Oddity::FileCut) {
        kept.oddities.push(Oddity::FileCut);
    }
    found(&kept).is_none().then_some(kept)
}

/// Lower case, `%xx` written out.
fn plain(link: &str) -> String {
    let mut bytes = Vec::with_capacity(link.len());
    let mut rest = link.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'%'));
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).to_lowercase()
}

fn asks(text: &str) -> bool {
    let text = text.to_lowercase();
    IN_WORDS.iter().any(|word| text.contains(word))
}

type Range = std::ops::Range<usize>;

/// The runs of characters that may stand in a link, with their places.
fn runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| body::ends_link(c) || matches!(c, '\'' | ',');
    let base = text.as_ptr() as usize;
    text.split(ends).filter(|run| run.len() > 3).map(move |run| (run.as_ptr() as usize - base, run))
}

/// Where links stand that say themselves what they do.
fn tokens(text: &str) -> Vec<Range> {
    let suspicious = |run: &str| {
        let linked = run.contains("://")
            || run.contains('@')
            || run.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("mailto:"))
            || run.find('.').zip(run.find('/')).is_some_and(|(dot, slash)| dot < slash);
        linked && {
            let run = plain(run);
            IN_LINK.iter().any(|word| run.contains(word))
        }
    };
    runs(text).filter(|(_, run)| suspicious(run)).map(|(at, run)| link_in(at, run)).collect()
}

/// Where web links stand that the words of their line, or of the line before, call so.
fn called(text: &str) -> Vec<Range> {
    let mut found = Vec::new();
    let mut leads = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let asked = asks(line);
        if asked || leads {
            let urls = runs(line).filter(|(_, run)| run.contains("://"));
            found.extend(urls.map(|(start, run)| link_in(at + start, run)));
        }
        let words = line.trim_end().trim_start_matches(['>', ' ']);
        if asked {
            leads = words.ends_with(':');
        } else if !words.is_empty() {
            leads = false;
        }
        at += line.len();
    }
    found
}

/// The link within a run: from its scheme on, without the punctuation behind it.
fn link_in(at: usize, run: &str) -> Range {
    let lower = run.to_ascii_lowercase();
    let start = ["http://", "https://", "mailto:"].iter().filter_map(|scheme| lower.find(scheme)).min().unwrap_or(0);
    let link = body::trim_link(run.get(start..).unwrap_or_default());
    at + start..at + start + link.len()
}

/// Where a link that ends here really ends: a line that is long was perhaps broken within it, and goes on in the next one.
fn broken_on(text: &str, end: usize) -> usize {
    let before = text.get(..end).unwrap_or_default();
    let begun = before.rfind('\n').map_or(0, |at| at + 1);
    let rest = text.get(end..).unwrap_or_default();
    if end - begun < LONG_LINE || !rest.starts_with('\n') {
        return end;
    }
    let line = rest.get(1..).unwrap_or_default().split('\n').next().unwrap_or_default();
    let words = line.trim_start_matches(['>', ' ']).trim_end();
    let goes_on =
        words.len() > 3 && !words.contains(char::is_whitespace) && words.contains(['=', '&', '%', '/', ':', '-']);
    if goes_on && !words.contains("://") { end + 1 + line.trim_end().len() } else { end }
}

/// Where this target stands, also where lines are broken within it.
fn places(text: &str, target: &str) -> Vec<Range> {
    let start: String = target.chars().take(12).collect();
    if start.len() < 8 {
        return Vec::new();
    }
    let from = |at: usize| text.get(at..).and_then(|from| matched(from, target)).map(|length| at..at + length);
    text.match_indices(&start).filter_map(|(at, _)| from(at)).collect()
}

/// How much of the text is the target; line ends with what stands before a quoted line count for nothing.
fn matched(text: &str, target: &str) -> Option<usize> {
    let mut chars = text.char_indices().peekable();
    let mut end = 0;
    for wanted in target.chars() {
        if chars.peek().is_some_and(|(_, c)| *c == '\n') {
            while chars.next_if(|(_, c)| matches!(c, '\n' | ' ' | '>')).is_some() {}
        }
        let (at, c) = chars.next()?;
        if c != wanted {
            return None;
        }
        end = at + c.len_utf8();
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNS: &str = "https://sns.us-west-2.amazonaws.com/unsubscribe.html?SubscriptionArn=arn:aws:sns:us-west-2:314336048151:buildduty:0-0&Endpoint=release@mozilla.com";

    #[test]
    fn a_link_that_unsubscribes_is_known_by_itself_and_by_what_it_is_called() {
        for (text, target) in [
            ("x", SNS),
            ("x", "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=x"),
            ("x", "https://github.com/notifications/unsubscribe-auth/AAB"),
            ("x", "mailto:unsub+0194@reply.github.com"),
            ("x", "mailto:list@example.org?subject=UNSUBSCRIBE"),
            ("x", "https://e.example/%75nsub/1"),
            ("x", "https://e.example/opt-out?t=1"),
            ("Unsubscribe", "https://click.example/8f3a"),
            ("to opt out", "https://click.example/8f3a"),
        ] {
            assert!(is(text, target), "{text} {target}");
        }
        for (text, target) in [
            ("build", "https://buildbot.example/builders/x"),
            ("https://sns.us-west-2.amazonaws.com/doc", "https://sns.us-west-2.amazonaws.com/doc"),
            ("subscribe", "https://lists.example/subscribe"),
        ] {
            assert!(!is(text, target), "{text} {target}");
        }
    }

    #[test]
    fn nothing_of_it_is_left_in_a_text_however_it_is_broken_or_quoted() {
        let lead = "click or visit the link below to unsubscribe:\n";
        let wrapped = format!("{}\n{}", &SNS[..70], &SNS[70..]);
        for (text, links) in [
            (format!("a {SNS} b"), vec![]),
            (format!("a\n{wrapped}\nb"), vec![Link::new("", SNS)]),
            (format!("> a\n> {}\n> {}\nb", &SNS[..70], &SNS[70..]), vec![]),
            (format!("{lead}https://click.example/8f3a?Endpoint\nb"), vec![]),
            (format!("{lead}\n> https://click.example/8f3a?Endpoint\nb"), vec![]),
            ("To unsubscribe, go to <https://click.example/Endpoint>.\nb".into(), vec![]),
            ("{\"UnsubscribeURL\" : \"https://x.example/?Action=Unsubscribe&Endpoint\"}\nb".into(), vec![]),
            ("(mailto:unsub+Endpoint@reply.github.com)\nb".into(), vec![]),
            ("unsub+Endpoint@reply.github.com b".into(), vec![]),
            ("sns.us-west-2.amazonaws.com/unsubscribe.html?Endpoint b".into(), vec![]),
        ] {
            let hidden = hide(&text, &links);
            assert!(!hidden.contains("Endpoint") && hidden.contains(HIDDEN), "{text}\n→ {hidden}");
            assert!(hidden.trim_end().ends_with('b') || hidden.ends_with('}'), "{text}\n→ {hidden}");
            assert_eq!(hide(&hidden, &[]), hidden, "nothing more to hide");
            assert!(!is_in(&hidden));
        }
    }

    #[test]
    fn everything_else_stays() {
        for text in [
            "see https://bugzilla.example/829025 and https://docs.example/a\nmore/words here\n",
            "please do not unsubscribe\n\nhttps://bugzilla.example/829025\n",
            "subscribe/unsubscribe works",
            "slaves stop receiving jobs: https://nagios.example/a",
            "",
        ] {
            assert_eq!(hide(text, &[Link::new("", "https://docs.example/a")]), text);
            assert!(!is_in(text));
        }
    }
}
