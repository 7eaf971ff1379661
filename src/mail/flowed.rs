//! Text that says `format=flowed` (RFC 3676): the soft line ends taken away, so that a paragraph is one line.

/// The text with each paragraph in one line. With `delsp` the blank before a soft line end is no part of the text.
pub(super) fn unflow(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The quote depth of the paragraph that the next line may belong to.
    let mut open: Option<usize> = None;
    for (at, line) in text.lines().enumerate() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let rest = line.get(depth..).unwrap_or_default();
        // A blank in front was put there to protect what follows.
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let signature = rest == "-- ";
        // So is what follows an empty line, even where programs leave a blank behind the last word.
        if open != Some(depth) || signature || rest.is_empty() {
            if open.is_some() {
                out.truncate(out.trim_end_matches(' ').len());
            }
            if at > 0 {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 && !rest.is_empty() {
                out.push(' ');
            }
        }
        let flows = rest.ends_with(' ') && !signature;
        out.push_str(if flows && delsp { rest.get(..rest.len() - 1).unwrap_or_default() } else { rest });
        open = flows.then_some(depth);
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn soft_line_ends_are_taken_away() {
        for (text, delsp, expected) in [
            ("a \nb\nc\n", false, "a b\nc\n"),
            ("a \nb\nc\n", true, "ab\nc\n"),
            ("a \n\nb\n", false, "a\n\nb\n"),
            // Another depth of quotes is another paragraph.
            ("> a \n> b\n>> c \nd\n", false, "> a b\n>> c\nd\n"),
            (">a \n> b\n", false, "> a b\n"),
            // Signatures flow neither in nor out.
            ("a \n-- \nAnn \nExample\n", false, "a\n-- \nAnn Example\n"),
            // Stuffed blanks.
            (" From x\n > no quote\n  two\n", false, "From x\n> no quote\n two\n"),
            (">\n> a\n", false, ">\n> a\n"),
            ("\na\n", false, "\na\n"),
            ("", false, "\n"),
        ] {
            assert_eq!(unflow(text, delsp), expected, "{text:?}");
        }
    }
}
