//! Header blocks: where the fields are and where the body begins, unfolding, encoded words, parameters.
//!
//! Everything here is total and takes time linear in its input (RFC 5322 §2.2, RFC 2045 §5, RFC 2047, RFC 2231).

use std::ops::Range;

use memchr::{memchr, memchr2, memmem, memrchr};

use super::parse::{base64, charset};

/// Longest header block that is read, in bytes.
const BLOCK_CAP: usize = 1 << 20;
/// Longest value of one field that is read, in bytes.
const FIELD_CAP: usize = 64 << 10;
/// Largest number of fields.
const FIELDS_CAP: usize = 10_000;
/// Largest number of parameters of one field, and of pieces that one parameter is made of.
const PARAMS_CAP: usize = 1_000;
/// Most bytes of which a header block is looked at: it ends within them, or is cut.
pub(super) const MOST: usize = BLOCK_CAP + 2 * FIELD_CAP;
/// Longest field name that is taken for one.
const NAME_CAP: usize = 256;

/// One field as it stands in the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    /// The name without blanks before the colon.
    pub(super) name: &'a str,
    /// What follows the colon, folds included, without the last line end.
    pub(super) value: &'a [u8],
}

/// A header block.
#[derive(Debug, Default)]
pub(super) struct Block<'a> {
    pub(super) fields: Vec<Field<'a>>,
    /// Where the first field begins.
    pub(super) start: usize,
    /// Where the body begins.
    pub(super) body: usize,
    /// Whether the body begins without a blank line before it.
    pub(super) no_blank_line: bool,
    /// Whether something was too long to be read whole.
    pub(super) cut: bool,
}

impl<'a> Block<'a> {
    /// The raw value of the first field of that name.
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
    }

    /// The name of each field, and where it stands in the bytes that this block was read from: its lines, ends included.
    pub(super) fn lines(&self, bytes: &[u8]) -> impl Iterator<Item = (&'a str, Range<usize>)> {
        let end = line_end(bytes);
        self.fields.iter().map(move |field| {
            // The name may have blanks before it; the value ends before the end of its last line.
            let name = offset(bytes, field.name.as_bytes());
            let start = bytes.get(..name).and_then(|before| memrchr(end, before)).map_or(0, |at| at + 1);
            let last = offset(bytes, field.value) + field.value.len();
            let (_, taken) = line(bytes.get(last..).unwrap_or_default(), end);
            (field.name, start.max(self.start)..last + taken)
        })
    }
}

/// The byte that ends lines: CR only where there is no LF at all.
fn line_end(bytes: &[u8]) -> u8 {
    if memchr(b'\n', bytes).is_none() && memchr(b'\r', bytes).is_some() { b'\r' } else { b'\n' }
}

/// The line at the start of `bytes` without its end, and how many bytes it takes with it.
fn line(bytes: &[u8], end: u8) -> (&[u8], usize) {
    match memchr(end, bytes) {
        Some(at) => {
            let line = bytes.get(..at).unwrap_or_default();
            (line.strip_suffix(b"\r").unwrap_or(line), at + 1)
        }
        None => (bytes, bytes.len()),
    }
}

/// The name of the field that begins on this line, and the length up to and with its colon.
fn field_name(line: &[u8]) -> Option<(&str, usize)> {
    let start = line.get(..line.len().min(NAME_CAP))?;
    let colon = memchr(b':', start)?;
    let name = start.get(..colon)?.trim_ascii_end();
    if name.is_empty() || !name.iter().all(|b| matches!(b, b'!'..=b'~')) {
        return None;
    }
    Some((std::str::from_utf8(name).ok()?, colon + 1))
}

/// Names that show that a header block goes on after a line that is none.
fn is_known(name: &str) -> bool {
    const KNOWN: [&str; 15] = [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "sender",
        "reply-to",
        "message-id",
        "in-reply-to",
        "references",
        "received",
        "return-path",
        "delivered-to",
        "mime-version",
        "list-id",
    ];
    KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known))
        || ["x-", "content-"]
            .iter()
            .any(|start| name.get(..start.len()).is_some_and(|known| known.eq_ignore_ascii_case(start)))
}

/// Whether the block that a line without a colon interrupts goes on after it: only fields follow up to the next blank
/// line, one of them known. Looks at a few lines only.
fn goes_on(bytes: &[u8], end: u8) -> bool {
    let mut rest = bytes;
    let mut known = false;
    for _ in 0..200 {
        let (text, taken) = line(rest.get(..rest.len().min(8 << 10)).unwrap_or_default(), end);
        if text.is_empty() {
            break;
        }
        match field_name(text) {
            Some((name, _)) => known |= is_known(name),
            None if text.first().is_some_and(|b| matches!(b, b' ' | b'\t')) => {}
            None => return false,
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    known
}

/// Reads the header block at the start of `bytes`.
///
/// Tolerated: blank lines, a byte order mark and an mbox `From ` line before the first field; no blank line after the
/// last; lines that are no field among fields; CR alone as line end; a blank before the colon.
pub(super) fn block(bytes: &[u8], lenient_start: bool) -> Block<'_> {
    let end = line_end(bytes);
    let mut block = Block::default();
    let mut at = 0;
    if lenient_start {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            at = 3;
        }
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let (text, taken) = line(rest, end);
            let skip = !rest.is_empty()
                && (text.trim_ascii().is_empty() || text.starts_with(b"From ") || text.starts_with(b">From "));
            if !skip {
                break;
            }
            at += taken;
        }
        let (text, taken) = line(bytes.get(at..).unwrap_or_default(), end);
        if field_name(text).is_none() && !goes_on(bytes.get(at + taken..).unwrap_or_default(), end) {
            // Nothing here looks like a header: all of it is body, blank lines and all.
            let (first, taken) = line(bytes, end);
            block.body = if first.starts_with(b"From ") { taken } else { 0 };
            block.start = block.body;
            return block;
        }
    }
    let first = at;
    block.start = at;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let (text, taken) = line(rest, end);
        if text.is_empty() {
            at += taken;
            break;
        }
        if at - first > BLOCK_CAP || block.fields.len() >= FIELDS_CAP {
            block.cut = true;
            at += skip_block(rest, end);
            break;
        }
        let folded = matches!(text.first(), Some(b' ' | b'\t'));
        match (field_name(text), block.fields.last_mut()) {
            (_, Some(last)) if folded => {
                // Fields lie one behind the other, so the value is one slice of the input.
                let start = offset(bytes, last.value);
                last.value = bytes.get(start..at + text.len()).unwrap_or_default();
            }
            (Some((name, colon)), _) => {
                block.fields.push(Field { name, value: text.get(colon..).unwrap_or_default() });
            }
            (None, _) => {
                let next = rest.get(taken..).unwrap_or_default();
                if !goes_on(next, end) {
                    block.no_blank_line = at > first;
                    break;
                }
                // A line such as `Sub ject: hello`: kept under the name that it has.
                if let Some(colon) = memchr(b':', text.get(..text.len().min(NAME_CAP)).unwrap_or_default())
                    && let Ok(name) = std::str::from_utf8(text.get(..colon).unwrap_or_default())
                {
                    block.fields.push(Field { name: name.trim(), value: text.get(colon + 1..).unwrap_or_default() });
                }
            }
        }
        at += taken;
    }
    for field in &mut block.fields {
        if field.value.len() > FIELD_CAP {
            field.value = field.value.get(..FIELD_CAP).unwrap_or_default();
            block.cut = true;
        }
    }
    block.body = at;
    block
}

/// Where a piece begins in the input that it was cut from.
fn offset(bytes: &[u8], piece: &[u8]) -> usize {
    (piece.as_ptr() as usize).saturating_sub(bytes.as_ptr() as usize)
}

/// Bytes up to and with the next blank line.
fn skip_block(bytes: &[u8], end: u8) -> usize {
    let ends: &[&[u8]] = if end == b'\r' { &[b"\r\r"] } else { &[b"\n\n", b"\n\r\n"] };
    ends.iter().filter_map(|blank| memmem::find(bytes, blank).map(|at| at + blank.len())).min().unwrap_or(bytes.len())
}

/// A field's value for people and rules: unfolded, encoded words decoded, raw 8-bit text decoded, blanks collapsed.
pub(super) fn value(raw: &[u8], hint: Option<&str>) -> String {
    collapse(&decode_words(&raw_text(raw, hint)))
}

/// Raw bytes of a header as text: UTF-8, else the charset that the mail declares for its body, else windows-1252.
pub(super) fn raw_text(raw: &[u8], hint: Option<&str>) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => charset(raw, hint.filter(|hint| !hint.to_ascii_lowercase().starts_with("utf"))),
    }
}

/// Runs of blanks and line ends become one blank; none stands at the ends.
pub(super) fn collapse(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split([' ', '\t']).flat_map(unfold).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// A word without line ends at its edges: those were folds. One inside came out of an encoded word and stays.
fn unfold(word: &str) -> Option<&str> {
    let word = word.trim_matches(['\r', '\n']);
    (!word.is_empty()).then_some(word)
}

/// An encoded word (RFC 2047 §2) at the start of a text.
struct Word<'a> {
    charset: &'a str,
    base64: bool,
    text: &'a str,
    /// Bytes that it takes.
    len: usize,
}

/// The encoded word at the start of `text`, which begins with `=?`. `None` also where no `?=` follows at all.
fn encoded_word(text: &str) -> Option<Word<'_>> {
    let inner = text.get(2..)?;
    let head = inner.as_bytes().get(..inner.len().min(80))?;
    let mark = memchr(b'?', head)?;
    let name = inner.get(..mark)?;
    let name = name.split_once('*').map_or(name, |(name, _language)| name);
    if name.is_empty()
        || !name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'+'))
    {
        return None;
    }
    let encoding = inner.as_bytes().get(mark + 1)?.to_ascii_lowercase();
    if !matches!(encoding, b'b' | b'q') || inner.as_bytes().get(mark + 2) != Some(&b'?') {
        return None;
    }
    let data = inner.get(mark + 3..)?;
    // The data of a word never runs over another word's start.
    let close = memmem::find(data.as_bytes(), b"?=")?;
    Some(Word { charset: name, base64: encoding == b'b', text: data.get(..close)?, len: 2 + mark + 3 + close + 2 })
}

/// How many bytes the encoded word at the start of `text` takes; 0 where there is none.
pub(super) fn encoded_word_len(text: &str) -> usize {
    encoded_word(text).map_or(0, |word| word.len)
}

/// Decodes encoded words. Words that only blanks divide are joined by their bytes where the charset is the same, so a
/// character that was split between them comes out whole.
pub(super) fn decode_words(text: &str) -> String {
    if memmem::find(text.as_bytes(), b"=?").is_none() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut pending: Option<(String, Vec<u8>)> = None;
    // Behind the last `?=` there is no word: this keeps the search linear.
    let last = memmem::rfind(text.as_bytes(), b"?=").unwrap_or(0);
    while let Some(at) = memmem::find(rest.as_bytes(), b"=?").filter(|at| text.len() - rest.len() + at < last) {
        let (before, from) = rest.split_at(at);
        let Some(word) = encoded_word(from) else {
            flush(&mut pending, &mut out);
            out.push_str(before);
            out.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        let adjacent = pending.is_some() && before.bytes().all(|b| b.is_ascii_whitespace());
        if !adjacent {
            flush(&mut pending, &mut out);
            out.push_str(before);
        }
        if !matches!(&pending, Some((name, _)) if name.eq_ignore_ascii_case(word.charset)) {
            flush(&mut pending, &mut out);
            pending = Some((word.charset.to_owned(), Vec::new()));
        }
        if word.base64 {
            push_bytes(&mut pending, &base64(word.text.as_bytes()));
        } else {
            // Characters that stand in a word unencoded are decoded already.
            for (at, text) in word.text.split_inclusive(|c: char| !c.is_ascii()).enumerate() {
                let plain = text.trim_end_matches(|c: char| !c.is_ascii());
                if at > 0 && pending.is_none() {
                    pending = Some((word.charset.to_owned(), Vec::new()));
                }
                push_bytes(&mut pending, &q_decode(plain.as_bytes()));
                if plain.len() < text.len() {
                    flush(&mut pending, &mut out);
                    out.push_str(text.get(plain.len()..).unwrap_or_default());
                }
            }
            if pending.is_none() {
                pending = Some((word.charset.to_owned(), Vec::new()));
            }
        }
        rest = from.get(word.len..).unwrap_or_default();
    }
    flush(&mut pending, &mut out);
    out.push_str(rest);
    out
}

fn push_bytes(pending: &mut Option<(String, Vec<u8>)>, bytes: &[u8]) {
    if let Some((_, joined)) = pending {
        joined.extend_from_slice(bytes);
    }
}

fn flush(pending: &mut Option<(String, Vec<u8>)>, out: &mut String) {
    if let Some((name, bytes)) = pending.take() {
        out.push_str(&charset(&bytes, Some(&name)));
    }
}

/// The Q encoding (RFC 2047 §4.2); what is no escape stays as it is.
fn q_decode(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escape = if *first == b'=' { hex_pair(after) } else { None };
        match (escape, first) {
            (Some(byte), _) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            (None, b'_') => out.push(b' '),
            (None, other) => out.push(*other),
        }
        rest = after;
    }
    out
}

/// The byte that two hexadecimal digits at the start stand for.
pub(super) fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| bytes.get(at).and_then(|b| char::from(*b).to_digit(16));
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// The value of Content-Type or Content-Disposition: a word and its parameters.
#[derive(Debug, Clone, Default)]
pub(super) struct Parameters {
    /// The word before the first `;`, lower case, without blanks.
    pub(super) word: String,
    /// Names in lower case and decoded values, in order.
    params: Vec<(String, String)>,
}

impl Parameters {
    /// A value that no header holds.
    pub(super) fn new(word: &str, param: Option<(&str, &str)>) -> Parameters {
        let params = param.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
        Parameters { word: word.to_owned(), params }
    }

    /// The first parameter of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a value with parameters (RFC 2045 §5.1), continued and encoded ones included (RFC 2231).
pub(super) fn parameters(raw: &[u8], hint: Option<&str>) -> Parameters {
    let text = raw_text(raw, hint);
    let mut fields = split_parameters(&text).into_iter();
    let word: String = fields.next().unwrap_or_default().0.split_whitespace().collect();
    let mut plain = Vec::new();
    // (name, piece number, encoded, value)
    let mut pieces: Vec<(String, usize, bool, String)> = Vec::new();
    for (text, quoted) in fields.take(PARAMS_CAP) {
        let Some((name, value)) = text.split_once('=') else { continue };
        let name = name.trim().to_ascii_lowercase();
        let value = if quoted { value.to_owned() } else { value.trim().to_owned() };
        match name.split_once('*') {
            None => plain.push((name, collapse(&decode_words(&value)))),
            Some((name, "")) => pieces.push((name.to_owned(), 0, true, value)),
            Some((name, section)) => {
                let encoded = section.ends_with('*');
                if let Ok(number) = section.trim_end_matches('*').parse() {
                    pieces.push((name.to_owned(), number, encoded, value));
                }
            }
        }
    }
    pieces.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut params = Vec::new();
    let mut rest = pieces.as_slice();
    while let Some((name, ..)) = rest.first() {
        let count = rest.iter().take_while(|piece| piece.0 == *name).count();
        let (same, after) = rest.split_at(count);
        params.push((name.clone(), join_pieces(same, hint)));
        rest = after;
    }
    // What RFC 2231 encodes is more exact than its plain twin (RFC 6266 §4.3).
    params.append(&mut plain);
    Parameters { word: word.to_ascii_lowercase(), params }
}

fn join_pieces(pieces: &[(String, usize, bool, String)], hint: Option<&str>) -> String {
    let mut name = None;
    let mut bytes = Vec::new();
    for (at, (_, _, encoded, value)) in pieces.iter().enumerate() {
        if !encoded {
            bytes.extend_from_slice(value.as_bytes());
            continue;
        }
        let mut value = value.as_str();
        if at == 0 {
            let mut parts = value.splitn(3, '\'');
            if let (Some(charset), Some(_language), Some(text)) = (parts.next(), parts.next(), parts.next()) {
                name = Some(charset.to_owned()).filter(|name| !name.is_empty());
                value = text;
            }
        }
        let mut rest = value.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            match if *first == b'%' { hex_pair(after) } else { None } {
                Some(byte) => {
                    bytes.push(byte);
                    rest = after.get(2..).unwrap_or_default();
                }
                None => {
                    bytes.push(*first);
                    rest = after;
                }
            }
        }
    }
    charset(&bytes, name.as_deref().or(hint))
}

/// The pieces between `;` with quotes and comments taken away, and whether a piece held a quoted string.
fn split_parameters(text: &str) -> Vec<(String, bool)> {
    let mut out = Vec::new();
    let mut piece = String::new();
    let (mut quoted, mut inside, mut depth) = (false, false, 0usize);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' if depth == 0 => {
                inside = !inside;
                quoted = true;
            }
            '\\' if inside => match chars.next() {
                // A path such as C:\x: only quotes and backslashes are ever escaped in practice.
                Some(next @ ('"' | '\\')) => piece.push(next),
                Some(next) => piece.extend(['\\', next]),
                None => piece.push('\\'),
            },
            '\r' | '\n' => {}
            c if inside => piece.push(c),
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            ';' => out.push((std::mem::take(&mut piece), std::mem::take(&mut quoted))),
            c => piece.push(c),
        }
        if out.len() > PARAMS_CAP {
            return out;
        }
    }
    out.push((piece, quoted));
    out
}

/// Message identifiers of a Message-ID, In-Reply-To or References value, in order, without `<>`.
pub(super) fn ids(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw);
    let mut out = Vec::new();
    let mut rest = text.as_ref();
    while let Some(open) = memchr(b'<', rest.as_bytes()) {
        let after = rest.get(open + 1..).unwrap_or_default();
        // A second `<` before the `>` begins anew.
        let Some(close) = memchr2(b'>', b'<', after.as_bytes()) else { break };
        let id: String = after.get(..close).unwrap_or_default().split_whitespace().collect();
        if after.as_bytes().get(close) == Some(&b'>') && !id.is_empty() {
            out.push(id);
        }
        rest = after.get(close..).unwrap_or_default();
    }
    if out.is_empty() {
        out.extend(text.split_whitespace().filter(|word| word.contains('@') && word.len() > 2).map(str::to_owned));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{block, decode_words, ids, parameters, value};

    #[test]
    fn encoded_words_are_decoded() {
        for (text, shown) in [
            ("plain", "plain"),
            ("=?utf-8?Q?H=C3=A4ngt?=", "Hängt"),
            ("=?UTF-8?b?SMOkbmd0?= disk", "Hängt disk"),
            ("=?iso-8859-1?q?a_b?= =?iso-8859-1?q?c?=", "a bc"),
            ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
            // One character in two words.
            ("=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=", "ä"),
            ("=?utf-8?B?4pg=?= =?utf-8?B?oA==?=", "☠"),
            // Padding in the middle of a run.
            ("=?utf-8?B?YQ==Yg==?=", "ab"),
            ("=?utf-8*de?Q?x?=", "x"),
            ("=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"),
            ("=?euc-kr?B?x9GxuQ==?=", "한국"),
            ("=?no-such?Q?a=E4?=", "aä"),
            ("=?iso-8859-1?Q?a\u{f6}b?=", "aöb"),
            ("=?utf-8?Q?a b?=", "a b"),
            ("a=?utf-8?Q?b?=c", "abc"),
            ("=?utf-8?X?b?=", "=?X?b?=".replace("=?X", "=?utf-8?X").as_str()),
            ("=?utf-8?Q?open", "=?utf-8?Q?open"),
            ("=?=?=?", "=?=?=?"),
        ] {
            assert_eq!(decode_words(text), shown, "{text}");
        }
        for piece in ["=?", "=?a?q?", "=?utf-8?q?x?=", "=?a?b?x?= "] {
            decode_words(&piece.repeat((1 << 20) / piece.len()));
        }
    }

    #[test]
    fn values_are_unfolded_and_collapsed() {
        for (raw, hint, shown) in [
            (&b" a\r\n\tb  c \r\n d "[..], None, "a b c d"),
            (b" \xc3\xa4", None, "ä"),
            (b" \xe4", None, "ä"),
            (b" \xc7\xd1\xb1\xb9", Some("euc-kr"), "한국"),
            (b" =?utf-8?Q?x=0D=0ABcc:_e?=", None, "x\r\nBcc: e"),
        ] {
            assert_eq!(value(raw, hint), shown);
        }
    }

    #[test]
    fn parameters_are_read_whole_and_the_exact_one_wins() {
        for (raw, name, expected) in [
            ("text/plain; charset=utf-8", "charset", Some("utf-8")),
            ("TEXT/Plain ; CharSet = \"us-ascii\" (comment; x=y)", "charset", Some("us-ascii")),
            ("a/b; name=\"a;b\\\"c.txt\"", "name", Some("a;b\"c.txt")),
            ("a/b; name=\"C:\\temp\\x.txt\"", "name", Some("C:\\temp\\x.txt")),
            ("a/b; name==?utf-8?Q?=C3=A4.txt?=", "name", Some("ä.txt")),
            ("x; filename=plain.txt; filename*=utf-8''%C3%A4.txt", "filename", Some("ä.txt")),
            ("x; filename*1*=b%20c; filename*0*=iso-8859-1'de'%E4; filename*2=d", "filename", Some("äb cd")),
            ("x; filename*0=a; filename*1=b", "filename", Some("ab")),
            ("x; charset", "charset", None),
            ("", "x", None),
        ] {
            assert_eq!(parameters(raw.as_bytes(), None).get(name), expected, "{raw}");
        }
        assert_eq!(parameters(b"Text/ HTML ;x", None).word, "text/html");
        let bomb: String = (0..4_000).map(|at| format!(";f*{at}=x")).collect();
        parameters(bomb.as_bytes(), None);
    }

    #[test]
    fn header_blocks_end_where_they_end() {
        type Shape<'a> = (&'a [u8], &'a [&'a str], &'a [u8], bool);
        let table: [Shape<'_>; 15] = [
            (b"A: 1\nB: 2\n\nbody", &["A", "B"], b"body", false),
            (b"A: 1\r\n\r\nbody", &["A"], b"body", false),
            (b"A: 1\r\rbody\r", &["A"], b"body\r", false),
            (b"A: 1\nbody without blank line 06:00\nmore\n", &["A"], b"body without blank line 06:00\nmore\n", true),
            (b"\n\nA: 1\n\nbody", &["A"], b"body", false),
            (b"From x Thu Nov 21\nA: 1\n\nbody", &["A"], b"body", false),
            (b"\xef\xbb\xbfA: 1\n\nbody", &["A"], b"body", false),
            (b"A : 1\n\n", &["A"], b"", false),
            (b"A: 1\nSub ject: x\nFrom: y\n\nbody", &["A", "Sub ject", "From"], b"body", false),
            (b"A: 1\n>From z\nFrom: y\n\nbody", &["A", "From"], b"body", false),
            (b"hello world\nthis is text\n", &[], b"hello world\nthis is text\n", false),
            (b"Sub\0ject: x\nFrom: y\n\nbody", &["Sub\0ject", "From"], b"body", false),
            (b"A: 1", &["A"], b"", false),
            (b"", &[], b"", false),
            (b"A: 1\n b\n\tc\n\n", &["A"], b"", false),
        ];
        for (raw, names, body, no_blank_line) in table {
            let block = block(raw, true);
            let shown = String::from_utf8_lossy(raw);
            assert_eq!(block.fields.iter().map(|field| field.name).collect::<Vec<_>>(), names, "{shown}");
            assert_eq!(&raw[block.body..], body, "{shown}");
            assert_eq!(block.no_blank_line, no_blank_line, "{shown}");
        }
    }

    #[test]
    fn ids_stand_between_angle_brackets() {
        for (raw, expected) in [
            ("<a@b>", &["a@b"][..]),
            ("<a@b> <c@d>\r\n\t<e@f>", &["a@b", "c@d", "e@f"]),
            ("Your message of Monday <a@b>", &["a@b"]),
            ("a@b", &["a@b"]),
            ("<a@b <c@d>", &["c@d"]),
            ("< a@b\r\n >", &["a@b"]),
            ("nothing", &[]),
        ] {
            assert_eq!(ids(raw.as_bytes()), expected, "{raw}");
        }
    }
}
