//! What else tells how fresh the Maildirs are (R11), beside their own mail: the configuration and stamp files.

use super::load::absolute;
use crate::config::Config;
use crate::mail::Time;
use crate::triage::verdicts::Sources;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How often stamp files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What tells how fresh these Maildirs are now. A stamp file that is not there says nothing.
pub fn sources(config: &Config, maildirs: &[PathBuf], until: Option<Time>) -> Sources {
    let mut sources = Sources { until, ..Sources::default() };
    let archives: Vec<PathBuf> = config.archives.iter().map(|archive| absolute(archive)).collect();
    let mut paths: Vec<PathBuf> = maildirs.iter().map(|maildir| absolute(maildir)).collect();
    // A sent folder outside of the Maildirs has a freshness of its own.
    let sent = config.sent_folder.as_deref().map(absolute);
    paths.extend(sent.filter(|sent| !paths.iter().any(|maildir| sent.starts_with(maildir))));
    for path in paths {
        let shown = path.to_string_lossy().into_owned();
        if archives.contains(&path) {
            sources.archives.push(shown);
            continue;
        }
        let named = config.freshness.iter().find(|(of, _)| absolute(of) == path).map(|(_, fresh)| fresh);
        let fresh = named.unwrap_or(&config.fresh);
        if fresh.clock {
            sources.clock.push(shown.clone());
        }
        sources.stamps.extend(fresh.stamp.as_deref().and_then(stamp).map(|time| (shown, time)));
    }
    sources
}

/// When a file was last touched.
fn stamp(path: &Path) -> Option<Time> {
    std::fs::metadata(path).ok().map(|meta| Time(meta.mtime()))
}

/// Tells what the sources say whenever that changes, as long as somebody listens. Starts nothing where no stamp file is
/// configured: all else stands still.
pub fn watch(
    config: &Config,
    maildirs: &[PathBuf],
    until: Option<Time>,
    mut tell: impl FnMut(Sources) -> bool + Send + 'static,
) {
    let stamps = config.freshness.iter().map(|(_, fresh)| fresh).chain([&config.fresh]);
    if stamps.filter(|fresh| fresh.stamp.is_some()).count() == 0 {
        return;
    }
    let (config, maildirs) = (config.clone(), maildirs.to_vec());
    let mut last = sources(&config, &maildirs, until);
    // A disk that does not answer keeps only this thread waiting.
    let _ = thread::Builder::new().name("dutybox-fresh".into()).spawn(move || {
        loop {
            thread::sleep(EVERY);
            let now = sources(&config, &maildirs, until);
            if now != last {
                if !tell(now.clone()) {
                    return;
                }
                last = now;
            }
        }
    });
}
