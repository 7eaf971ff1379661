//! Which folders a Maildir has: the inbox, Maildir++ subfolders and nested Maildirs.

use super::{Found, Fs, cannot};
use crate::error::{Error, ErrorKind};
use crate::io::sys::dir_flags;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{FileType, Mode};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// How deep nested folders are looked for.
const DEPTH: usize = 12;
/// How many directories are looked at for folders, so that a Maildir in `/` ends.
const DIRS: usize = 20_000;

impl Fs {
    /// See [`super::folders`].
    pub(super) fn folders(&self, root: &Path) -> Result<Vec<Found>, Error> {
        let fd = self.0.open_dir(root).map_err(|errno| match errno {
            Errno::NOENT | Errno::NOTDIR => {
                let what = if errno == Errno::NOENT { "is not there" } else { "is no directory" };
                Error::new(ErrorKind::Mailbox, format!("Maildir {} {what}", root.display()))
                    .because(errno.into())
                    .hint("name a Maildir: dutybox DIR, or see an example: dutybox demo")
            }
            _ => cannot("read", root, errno),
        })?;
        let here = self.look(&fd).map_err(|errno| cannot("read", root, errno))?;
        if !(here.cur && here.new) {
            let missing = if here.cur { "new" } else { "cur" };
            let error = Error::new(
                ErrorKind::Mailbox,
                format!("{} is no Maildir: it has no directory {missing}", root.display()),
            );
            let inside = here.children.iter().find(|child| {
                let opened = self.0.open_at(fd.as_fd(), child, dir_flags(), Mode::empty());
                opened.is_ok_and(|fd| self.look(&fd).is_ok_and(|look| look.cur && look.new))
            });
            return Err(match inside {
                Some(name) => {
                    let inside = root.join(OsStr::from_bytes(name));
                    error.hint(format!("there is one inside it: dutybox {}", inside.display()))
                }
                None => error
                    .hint("name a Maildir (it holds cur, new and tmp): dutybox DIR, or see an example: dutybox demo"),
            });
        }
        let mut found = vec![Found { name: String::new(), path: root.to_path_buf() }];
        let mut left = DIRS;
        self.descend(&fd, root, "", here, 0, &mut left, &mut found);
        found.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
        Ok(found)
    }

    /// Looks for folders below a directory.
    #[allow(clippy::too_many_arguments)]
    fn descend(
        &self,
        fd: &OwnedFd,
        path: &Path,
        prefix: &str,
        here: Look,
        depth: usize,
        left: &mut usize,
        found: &mut Vec<Found>,
    ) {
        for child in here.children {
            if *left == 0 || depth >= DEPTH {
                return;
            }
            *left -= 1;
            let child_path = path.join(OsStr::from_bytes(&child));
            let dotted = child.first() == Some(&b'.');
            let name = join(prefix, &folder_name(&child));
            let fd = match self.0.open_at(fd.as_fd(), &child, dir_flags(), Mode::empty()) {
                Ok(fd) => fd,
                Err(Errno::NOENT | Errno::LOOP | Errno::NOTDIR) => continue,
                Err(_) => {
                    found.push(Found { name, path: child_path });
                    continue;
                }
            };
            match self.look(&fd) {
                Ok(look) => {
                    let is_folder = look.cur || look.new || (dotted && look.marked);
                    if is_folder {
                        found.push(Found { name: name.clone(), path: child_path.clone() });
                    }
                    if is_folder || !dotted {
                        self.descend(&fd, &child_path, &name, look, depth + 1, left, found);
                    }
                }
                Err(_) => found.push(Found { name, path: child_path }),
            }
        }
    }

    /// What a directory holds, as far as folders go.
    fn look(&self, fd: &OwnedFd) -> Result<Look, Errno> {
        let mut look = Look::default();
        for entry in self.0.list(fd.as_fd())? {
            let kind = match entry.kind {
                FileType::Unknown => match self.0.stat_at(fd.as_fd(), &entry.name) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                kind => kind,
            };
            match (kind, entry.name.as_slice()) {
                // A link for `cur` counts as there, so that reading it says that it is a link.
                (FileType::Directory | FileType::Symlink, b"cur") => look.cur = true,
                (FileType::Directory | FileType::Symlink, b"new") => look.new = true,
                (FileType::Directory, b"tmp") => look.marked = true,
                (FileType::RegularFile, b"maildirfolder") => look.marked = true,
                (FileType::Directory, _) => look.children.push(entry.name),
                _ => {}
            }
        }
        look.children.sort();
        Ok(look)
    }
}

/// What a directory holds, as far as folders go.
#[derive(Debug, Default)]
struct Look {
    cur: bool,
    new: bool,
    /// Has `tmp` or `maildirfolder`: a Maildir++ folder that lost its `cur`.
    marked: bool,
    children: Vec<Vec<u8>>,
}

/// `.A.B` is `A/B` (Maildir++); bytes that are no UTF-8 as `%XX`. Modified UTF-7 stays as it is.
fn folder_name(child: &[u8]) -> String {
    let text = lossless(child);
    match text.strip_prefix('.') {
        Some(rest) if !rest.split('.').any(str::is_empty) => rest.replace('.', "/"),
        _ => text,
    }
}

fn lossless(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}
