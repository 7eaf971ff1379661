//! Uuencoded files: as a transfer encoding and between the lines of a text, where mail held files before MIME
//! (POSIX uuencode).

use std::ops::Range;

use memchr::memmem;

/// A file that stands between the lines of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// From its `begin` line up to and with its `end` line.
    pub(super) range: Range<usize>,
    /// The name on the `begin` line.
    pub(super) name: Vec<u8>,
}

/// The line at the start without its end, and the bytes that it takes with it.
fn line(bytes: &[u8]) -> (&[u8], usize) {
    let taken = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |at| at + 1);
    let line = bytes.get(..taken).unwrap_or_default();
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    (line.strip_suffix(b"\r").unwrap_or(line), taken)
}

/// The name on a line such as `begin 644 name`.
fn begin(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|b| matches!(b, b'0'..=b'7')).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    (matches!(digits, 3 | 4) && !name.is_empty()).then_some(name)
}

/// How many bytes a line of data stands for; `None` where it is no such line. Blanks at its end may have been lost, and
/// some programs add one character as a check.
fn data(line: &[u8]) -> Option<usize> {
    let (first, rest) = line.split_first()?;
    if !line.iter().all(|b| matches!(b, b' '..=b'`')) {
        return None;
    }
    let count = usize::from((first - b' ') & 63);
    (rest.len() <= count.div_ceil(3) * 4 + 2).then_some(count)
}

/// The files in a text. Only what is whole, from `begin` to `end` and with nothing but data between, is taken for one.
pub(super) fn blocks(text: &[u8], most: usize) -> Vec<Block> {
    let mut out = Vec::new();
    let mut from = 0;
    for at in memmem::find_iter(text, b"begin ") {
        if out.len() >= most {
            break;
        }
        if at < from || at > 0 && text.get(at - 1) != Some(&b'\n') {
            continue;
        }
        let (first, mut taken) = line(text.get(at..).unwrap_or_default());
        let Some(name) = begin(first) else { continue };
        let mut lines = 0usize;
        loop {
            let rest = text.get(at + taken..).unwrap_or_default();
            let (text, length) = line(rest);
            if text.trim_ascii() == b"end" && lines > 0 {
                out.push(Block { range: at..at + taken + length, name: name.to_vec() });
                from = at + taken + length;
                break;
            }
            let is_data = data(text).is_some() || text.is_empty();
            if rest.is_empty() || !is_data {
                from = at + taken;
                break;
            }
            lines += 1;
            taken += length;
        }
    }
    out
}

/// The bytes of a uuencoded file; what stands before its `begin` line is passed over, and a missing one is tolerated.
pub(super) fn decode(text: &[u8]) -> Vec<u8> {
    let start = memmem::find_iter(text, b"begin ").find(|at| {
        (*at == 0 || text.get(at - 1) == Some(&b'\n')) && begin(line(text.get(*at..).unwrap_or_default()).0).is_some()
    });
    let mut rest = text.get(start.unwrap_or(0)..).unwrap_or_default();
    if start.is_some() {
        rest = rest.get(line(rest).1..).unwrap_or_default();
    }
    let mut out = Vec::with_capacity(rest.len() / 4 * 3);
    while !rest.is_empty() {
        let (text, taken) = line(rest);
        rest = rest.get(taken..).unwrap_or_default();
        if text.trim_ascii() == b"end" {
            break;
        }
        let Some(count) = data(text).filter(|count| *count > 0) else { continue };
        let end = out.len() + count;
        let six = |at: usize| text.get(at).map_or(0, |b| (b - b' ') & 63);
        let mut at = 1;
        while out.len() < end {
            let (a, b, c, d) = (six(at), six(at + 1), six(at + 2), six(at + 3));
            out.extend([a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d]);
            at += 4;
        }
        out.truncate(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{blocks, decode};

    #[test]
    fn files_between_lines_are_found_whole_or_not_at_all() {
        let text = b"See:\nbegin 644 a b.txt\n#8V%T\n`\nend\nafter\n";
        let found = blocks(text, 10);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name, b"a b.txt");
        assert_eq!(&text[found[0].range.clone()], b"begin 644 a b.txt\n#8V%T\n`\nend\n");
        assert_eq!(decode(&text[found[0].range.clone()]), b"cat");
        for none in [
            &b"begin 644 a\n#8V%T\n`\n"[..],
            b"begin 644 a\nend\n",
            b"begin 644 a\nThis is text that goes on.\nend\n",
            b"begin of the end\n#8V%T\nend\n",
            b"x begin 644 a\n#8V%T\nend\n",
            b"begin 644 \n#8V%T\nend\n",
        ] {
            assert_eq!(blocks(none, 10), [], "{}", String::from_utf8_lossy(none));
        }
        assert_eq!(blocks(&b"begin 644 a\n".repeat(1 << 16), 10), []);
    }

    #[test]
    fn bytes_come_out_as_they_went_in() {
        for (text, bytes) in [
            (&b"begin 644 x\r\n#8V%T\r\n`\r\nend\r\n"[..], &b"cat"[..]),
            (b"#8V%T\n", b"cat"),
            (b"!80``\n", b"a"),
            // Blanks at the end were lost.
            (b"#``\n", b"\0\0\0"),
            (b"junk that is no data\nbegin 600 x\n\"86(\n \nend\n#8V%T\n", b"ab"),
            (b"", b""),
            (b"`\nend\n", b""),
        ] {
            assert_eq!(decode(text), bytes, "{}", String::from_utf8_lossy(text));
        }
    }
}
