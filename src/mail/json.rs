//! JSON bodies, as SNS and EventBridge mail them, laid out for reading. Every literal stays as it was written.

use serde::de::IgnoredAny;

/// Most JSON that is laid out, in bytes.
const CAP: usize = 1 << 20;
/// Deepest nesting that is laid out.
const DEPTH_CAP: usize = 32;
const INDENT: &str = "  ";

/// The text with the JSON document at its start laid out in lines, and what stands behind it kept. `None` where the
/// text is no JSON object or array, alone or with a footer that begins with `--`.
pub(super) fn pretty(text: &str) -> Option<String> {
    let start = text.trim_start();
    if start.len() > CAP || !start.starts_with(['{', '[']) {
        return None;
    }
    let mut stream = serde_json::Deserializer::from_str(start).into_iter::<IgnoredAny>();
    stream.next()?.ok()?;
    let (document, rest) = start.split_at_checked(stream.byte_offset())?;
    let footer = rest.trim_start();
    if !(footer.is_empty() || footer.starts_with("--")) {
        return None;
    }
    let mut out = lay_out(document)?;
    if !footer.is_empty() {
        out.push_str("\n\n");
        out.push_str(footer);
    }
    Some(out)
}

/// Lays out a valid document. `None` where it is nested too deeply to be read by anyone.
fn lay_out(document: &str) -> Option<String> {
    let mut out = String::with_capacity(document.len() * 2);
    let mut depth = 0usize;
    let (mut in_string, mut escaped) = (false, false);
    // An opening bracket of which it is not yet known whether it is empty.
    let mut opened = false;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(INDENT, depth));
    };
    for c in document.chars() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        if c.is_ascii_whitespace() {
            continue;
        }
        if opened && !matches!(c, '}' | ']') {
            line(&mut out, depth);
        }
        match c {
            '{' | '[' => {
                out.push(c);
                depth += 1;
                if depth > DEPTH_CAP {
                    return None;
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !opened {
                    line(&mut out, depth);
                }
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => {
                out.push(c);
                in_string = c == '"';
            }
        }
        opened = matches!(c, '{' | '[');
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::pretty;

    #[test]
    fn documents_are_laid_out_and_footers_stay() {
        for (text, shown) in [
            (
                r#"{"a":1,"b":[true,null],"c":{}}"#,
                Some("{\n  \"a\": 1,\n  \"b\": [\n    true,\n    null\n  ],\n  \"c\": {}\n}"),
            ),
            (
                "{\"a\": \"x, {y}: \\\"z\\\" \\\\\"}\n\n--\nfooter\n",
                Some("{\n  \"a\": \"x, {y}: \\\"z\\\" \\\\\"\n}\n\n--\nfooter\n"),
            ),
            (r#"[12345678901234567890123, 1.0]"#, Some("[\n  12345678901234567890123,\n  1.0\n]")),
            ("[vcs2vcs] delays", None),
            ("[1] see the list below", None),
            ("{not json}", None),
            ("text {}", None),
            ("", None),
        ] {
            assert_eq!(pretty(text).as_deref(), shown, "{text}");
        }
        assert_eq!(pretty(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))), None);
    }
}
