//! f5: file names and their flags (reliability MR-3 to MR-7).

use super::Choices;
use dutybox::mail::name::{FlagRefusal, shown, unshown};
use dutybox::mail::{FileName, Flags};

/// Two bytes that say which flags are set and removed, then the name.
pub(super) fn f5(data: &[u8]) {
    let mut choices = Choices::new(data);
    let (add, remove) = (flags(choices.byte()), flags(choices.byte()));
    // A directory holds no name with a slash or NUL, and none that is longer.
    let name: Vec<u8> = choices.bytes(255).iter().copied().filter(|byte| !matches!(byte, b'/' | 0)).collect();
    let old = FileName::new(name.clone());
    assert_eq!(unshown(&shown(&name)), name, "what is shown of a name can be read back");
    assert_eq!(shown(&name).chars().find(|c| c.is_control()), None);
    let new = match old.with_flags(add, remove) {
        Ok(new) => new,
        Err(FlagRefusal::NameTooLong) => return assert!(name.len() + 3 + 6 > 255, "{old:?} is not too long"),
        Err(refusal) => return assert_eq!(old.refusal(), Some(refusal), "refused for the same reason each time"),
    };
    let (base, letters, extension) = parts(new.bytes());
    let (old_base, old_letters, old_extension) = parts(&name);
    assert_eq!(base, old_base, "MR-3: the base is kept");
    assert_eq!(extension, old_extension, "MR-5: the extension is kept byte for byte");
    assert!(letters.is_ascii() && letters.is_sorted_by(|a, b| a < b), "MR-4: in order, none twice: {letters:?}");
    let unknown = |letters: &[u8]| letters.iter().copied().filter(|l| !b"DFPRST".contains(l)).collect::<Vec<u8>>();
    assert_eq!(unknown(letters), unknown(old_letters), "MR-4: unknown flags are kept");
    assert_eq!(new.flags(), old.flags().without(remove).with(add), "MR-7: exactly what was asked for");
    assert_eq!(new.with_flags(add, remove).as_ref(), Ok(&new), "the same change again changes nothing");
    assert_eq!((new.base(), new.lookup()), (old.base(), old.lookup()), "MR-1: the identity stays");
    // What was really changed, taken back, gives the old name; one without an info part has an empty one now.
    let (added, removed) = (new.flags().without(old.flags()), old.flags().without(new.flags()));
    let back = new.with_flags(removed, added).expect("a name that was changed can be changed back");
    let before = if name.contains(&b':') { name } else { [&name[..], b":2,"].concat() };
    assert_eq!(back.bytes(), before, "set and clear cancel each other");
}

fn flags(byte: u8) -> Flags {
    Flags::ALL
        .iter()
        .enumerate()
        .filter(|(bit, _)| byte >> bit & 1 == 1)
        .fold(Flags::NONE, |flags, (_, (_, flag))| flags.with(*flag))
}

/// Base, flag letters, extension, read from the bytes alone.
fn parts(name: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let colon = name.iter().position(|byte| *byte == b':').unwrap_or(name.len());
    let (base, info) = name.split_at(colon);
    let Some(rest) = info.strip_prefix(b":2,") else { return (base, b"", b"") };
    let comma = rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len());
    let (letters, extension) = rest.split_at(comma);
    (base, letters, extension)
}
