//! What happens in the demo's mailbox: which mails come when, in clusters as on a real duty. Pure and the same for the
//! same time, so that tests may rely on it.
//!
//! Every row of the page's index and every section occurs, and every verdict machine in each of its states
//! ([`super::machines`]); beside them replies, forwards, an auto-reply and a bounce (which are no alerts), mails that no
//! runbook knows, a late delivery, a copy, and a clock that is wrong.

use super::samples::sample;
use super::stamp::{Draft, format_at, mix};
use crate::mail::{Flags, Time};

pub(super) const MINUTE: i64 = 60;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A mail of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoMail {
    /// Folder within the Maildir: empty for the inbox, else `Archive` or `Sent`.
    pub folder: &'static str,
    /// Its base name.
    pub base: String,
    /// Its flags; `None`: it lies in `new`.
    pub flags: Option<Flags>,
    /// The mail.
    pub bytes: Vec<u8>,
    /// When it was delivered; its file's modification time.
    pub delivered: Time,
    /// The name by which a state or an act of the demo means it; empty for most.
    pub tag: &'static str,
}

/// The demo's mails as of that time, oldest delivery first.
pub fn mails(at: Time) -> Vec<DemoMail> {
    let mut script = Script::at(at);
    script.machines();
    script.aws();
    script.metrics();
    script.accounts();
    script.people();
    script.undocumented();
    script.mails.sort_by(|a, b| (a.delivered, &a.base).cmp(&(b.delivered, &b.base)));
    script.mails
}

/// What is delivered while a demo of that time is looked at, and how many seconds after its start.
pub fn later(at: Time) -> Vec<(i64, DemoMail)> {
    Script::at(at).later()
}

/// Mails in the making.
pub(super) struct Script {
    pub(super) at: Time,
    pub(super) mails: Vec<DemoMail>,
    count: u64,
}

/// A mail under way into the mailbox.
pub(super) struct Piece {
    draft: Draft,
    pub(super) folder: &'static str,
    pub(super) flags: Option<Flags>,
    pub(super) tag: &'static str,
}

impl std::ops::Deref for Piece {
    type Target = Draft;
    fn deref(&self) -> &Draft {
        &self.draft
    }
}

impl std::ops::DerefMut for Piece {
    fn deref_mut(&mut self) -> &mut Draft {
        &mut self.draft
    }
}

impl Script {
    pub(super) fn at(at: Time) -> Script {
        Script { at, mails: Vec::new(), count: 0 }
    }

    /// The n-th last run of the 20-minute job (minutes 7, 27 and 47), early enough for a follow-up before now.
    pub(super) fn tick(&self, n: i64) -> i64 {
        let base = self.at.0 - 100 - 7 * MINUTE;
        base - base.rem_euclid(20 * MINUTE) + 7 * MINUTE - n * 20 * MINUTE + 4
    }

    /// The n-th last full hour.
    pub(super) fn hour(&self, n: i64) -> i64 {
        let base = self.at.0 - MINUTE;
        base - base.rem_euclid(HOUR) - n * HOUR
    }

    /// That many days before the last time that it was this time of day (UTC).
    pub(super) fn day(&self, ago: i64, hour: i64, minute: i64) -> i64 {
        let midnight = self.at.0 - self.at.0.rem_euclid(DAY);
        let today = midnight + hour * HOUR + minute * MINUTE;
        let last = if today + MINUTE > self.at.0 { today - DAY } else { today };
        last - ago * DAY
    }

    pub(super) fn date(&self, days_ahead: i64) -> String {
        format_at(Time(self.at.0 + days_ahead * DAY), 0, "%Y-%m-%d")
    }

    pub(super) fn add(&mut self, name: &str, sent: i64, change: impl FnOnce(&mut Piece)) {
        let Some(bytes) = sample(name) else { return };
        self.count += 1;
        let seed = mix(self.count);
        let draft = Draft::new(bytes, Time(sent), seed);
        let age = self.at.0 - sent;
        // Older mail has been read; of today's, about every second one.
        let read = age > 20 * HOUR || (age > 3 * HOUR && seed.is_multiple_of(2));
        let flags = match (read, age > 2 * HOUR) {
            (true, _) => Some(Flags::SEEN),
            (false, true) => Some(Flags::NONE),
            (false, false) => None,
        };
        let folder = if age > 84 * HOUR { "Archive" } else { "" };
        let mut piece = Piece { draft, folder, flags, tag: "" };
        change(&mut piece);
        let Piece { draft, folder, flags, tag } = piece;
        let delivered = draft.delivered;
        let base = format!("{}.M{}P{}.mx1", delivered.0, 100_000 + seed % 900_000, 2000 + self.count);
        self.mails.push(DemoMail { folder, base, flags, bytes: draft.finish(), delivered, tag });
    }

    /// The Message-ID of the mail added last.
    fn last_id(&self) -> String {
        let text = self.mails.last().map(|mail| String::from_utf8_lossy(&mail.bytes)).unwrap_or_default();
        let id = text.lines().find_map(|line| line.strip_prefix("Message-ID: ").or(line.strip_prefix("Message-Id: ")));
        id.unwrap_or_default().trim().to_owned()
    }

    fn aws(&mut self) {
        let now = self.at.0;
        self.add("ec2-retirement-2017", now - 30 * HOUR, |mail| {
            mail.header("Subject", "Amazon Web Services Billing Statement Available");
            mail.body("Greetings from Amazon Web Services,\n\nYour statement for the last month is available.\n");
        });
        for ago in 0..5 {
            let morning = self.day(ago, 13, 2);
            self.add("aws-sanity", morning, |mail| {
                mail.replace("1843 instances", &format!("{} instances", 1843 - ago * 7));
                mail.replace("up for 1d", &format!("up for {}d", 5 - ago));
            });
        }
        for (ago, host) in [(4 * HOUR, "vcssync1"), (28 * HOUR, "vcssync1"), (52 * HOUR, "vcssync2")] {
            self.add("ec2-cron", now - ago, |mail| mail.replace("vcssync1", host));
        }
    }

    fn metrics(&mut self) {
        let now = self.at.0;
        for ago in 0..3 {
            let morning = self.day(ago, 13, 5);
            self.add("collapse-report", morning + 1, |_| {});
            for (name, after) in [("wait-times", -56), ("wait-times-as-submitted", -55)] {
                self.add(name, morning + after, |mail| {
                    let day = |back: i64| format_at(Time(morning - back * DAY), -7 * 3600, "%a, %d %b %Y");
                    mail.replace("Mon, 13 Aug 2012", &day(1));
                    mail.replace("Tue, 14 Aug 2012", &day(0));
                    mail.replace("1830/94.32%", &format!("{}/{}.32%", 1830 + ago * 17, 94 - ago));
                    mail.without_received();
                });
            }
        }
        for (n, machine) in [(3, "talos-r3-fed-041"), (27, "talos-r4-snow-012"), (29, "talos-r3-fed-041")] {
            self.add("talos-machine", now - n * HOUR, |mail| mail.replace("talos-r3-fed-041", machine));
        }
        self.add("talos-machine", now - 50 * HOUR, |mail| {
            mail.header("From", "nobody@cruncher.build.mozilla.org");
            mail.header("Subject", "Suspected machine issue (talos-r3-w7-020)");
            mail.replace("talos-r3-fed-041", "talos-r3-w7-020");
        });
        let push = now - 6 * HOUR;
        for (n, builder) in ["test-mochitest-1", "test-mochitest-2", "test-reftest", "test-xpcshell"].iter().enumerate()
        {
            self.add("try-errors", push + n as i64 * 7 * MINUTE, |mail| mail.replace("test-mochitest-1", builder));
        }
        self.add("try-retried", push + 9 * MINUTE, |_| {});
        self.add("try-retried", push + 40 * MINUTE, |mail| {
            mail.header("Subject", "try submission 3f1c0a9d7b52");
            mail.replace("is being automatically retried", "was successfully completed");
        });
    }

    fn accounts(&mut self) {
        let now = self.at.0;
        self.add("amp", now - 33 * HOUR, |_| {});
        self.add("bitbucket", now - 31 * HOUR, |_| {});
        self.add("roku", now - 35 * HOUR, |_| {});
        // The oldest of all: it proves that the mailbox reaches back further than four weeks.
        self.add("roku", now - 40 * DAY, |_| {});
        self.add("signaddons", now - 13 * HOUR, |_| {});
        self.add("signaddons", now - 5 * DAY, |mail| mail.replace("1.4.2", "1.4.1"));
        self.add("ubuntu-store", now - 37 * HOUR, |_| {});
        self.add("github-private-access", now - 10 * HOUR, |_| {});
        self.add("github-private-access", now - 2 * DAY, |mail| {
            mail.replace("jdoe-partner", "asmith-partner");
            mail.flags = Some(Flags::SEEN.with(Flags::PASSED));
        });
        for n in 0..3 {
            self.add("github-v2v", now - (12 - n) * HOUR, |mail| {
                if n == 1 {
                    mail.header("From", "John Smith <notifications@github.com>");
                    mail.body("Thanks, I did not know. Closing.\n");
                }
            });
        }
    }

    fn people(&mut self) {
        let now = self.at.0;
        let saturday = format_at(Time(now + 4 * DAY), 0, "%a %d %b");
        self.add("moc", now - 8 * HOUR, |mail| mail.replace("Sat 14 Jan", &saturday));
        let answered = self.last_id();
        self.add("moc", now - 7 * HOUR, |mail| {
            mail.replace("Sat 14 Jan", &saturday);
            mail.header("In-Reply-To", &answered);
            mail.header(
                "Subject",
                &format!("Re: [MOC] Planned network maintenance scl3, {saturday} 09:00-11:00 Pacific"),
            );
            mail.header("From", "John Smith <jsmith@example.org>");
            mail.body("No release that day, go ahead.\n");
        });
        // A reply to an alert and an answer of a machine to it: neither is an alert.
        let outage = self.tick(3);
        self.add("vcs2vcs-delays", outage + 6 * MINUTE, |mail| {
            mail.header("From", "Hal W. <hwine@example.org>");
            mail.header("Message-Id", "<answer@mail.example.org>");
            mail.header("Subject", "Re: [vcs2vcs] process delays on github-sync4");
            mail.body("Looking at it now.\n\n> releases-gecko: last update 61 minutes ago (limit 40)\n");
        });
        self.add("vcs2vcs-delays", outage + 7 * MINUTE, |mail| {
            mail.header("From", "Ann B. <ann@example.org>");
            mail.header("Message-Id", "<answer@mail.example.org>");
            mail.header("Subject", "Out of office: [vcs2vcs] process delays on github-sync4");
            mail.header("Auto-Submitted", "auto-replied");
            mail.body("I am away until Monday. In urgent cases please ask build duty.\n");
        });
    }

    /// What the shipped runbooks of the page do not know, as any team gets it.
    fn undocumented(&mut self) {
        let night = self.day(0, 5, 20) - 3 * HOUR - 6 * MINUTE;
        self.add("nagios-problem", night + 22, |mail| state_time(mail, night));
        self.add("nagios-recovery", night + 27 * MINUTE, |mail| state_time(mail, night));
        self.add("alertmanager-firing", night + 22, |_| {});
        self.add("alertmanager-resolved", night + 27 * MINUTE, |_| {});
        self.add("github-actions-failed", night + 3 * HOUR, |_| {});
        self.add("jenkins-unstable", night + 46 * MINUTE, |_| {});
        self.add("jenkins-back-to-stable", night + 106 * MINUTE, |_| {});
        self.add("buildbot-failure", night + 51 * MINUTE, |_| {});
        self.add("gitlab-pipeline-failed", night - 5 * HOUR, |_| {});
        self.add("healthchecks-down", night - 20 * HOUR, |_| {});
        for day in 0..2 {
            self.add("smartd", night - 22 * HOUR - day * 2 * DAY, |_| {});
        }
        self.add("mdadm", night - 21 * HOUR, |_| {});
        let bounced = self.at.0 - 3 * HOUR;
        self.add("postfix-bounce", bounced, |mail| {
            let when = format_at(Time(bounced), 0, "%a, %d %b %Y %H:%M:%S");
            mail.replace("Tue,  3 Feb 2026 05:00:00", &when);
            mail.replace("Tue,  3 Feb 2026 00:00:00", &when);
        });
    }
}

fn state_time(mail: &mut Piece, time: i64) {
    let of = |time: i64| format_at(Time(time), 0, "%a %b %-d %H:%M:%S UTC %Y");
    mail.replace("Tue Feb 3 02:14:22 UTC 2026", &of(time + 22));
    mail.replace("Tue Feb 3 02:41:09 UTC 2026", &of(time + 27 * MINUTE));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2013-11-21T14:41:00Z and a few times of day beside it.
    const TIMES: [i64; 5] = [1_385_044_860, 1_385_044_860 + 9 * HOUR, 1_385_000_000, 1_767_225_600, 1_767_225_661];

    #[test]
    fn nothing_comes_from_the_future_and_no_name_twice() {
        for at in TIMES {
            let mails = mails(Time(at));
            assert!((150..=260).contains(&mails.len()), "{} mails", mails.len());
            let mut bases: Vec<_> = mails.iter().map(|mail| &mail.base).collect();
            bases.sort();
            bases.dedup();
            assert_eq!(bases.len(), mails.len());
            for mail in &mails {
                assert!(mail.delivered.0 <= at, "{} is delivered after {at}", String::from_utf8_lossy(&mail.bytes));
            }
        }
    }

    #[test]
    fn the_same_time_gives_the_same_mails() {
        assert_eq!(mails(Time(TIMES[0])), mails(Time(TIMES[0])));
    }

    #[test]
    fn every_sample_is_used_and_no_date_of_the_samples_is_left() {
        let mails = mails(Time(TIMES[0]));
        let all: String = mails.iter().map(|mail| String::from_utf8_lossy(&mail.bytes).into_owned()).collect();
        for (name, bytes) in super::super::samples::SAMPLES {
            let text = String::from_utf8_lossy(bytes);
            let line = text.lines().find(|line| line.starts_with("From:") || line.starts_with("Subject:")).unwrap();
            assert!(all.contains(line), "{name} does not occur");
            if let Some(date) = text.lines().find(|line| line.starts_with("Date:")) {
                assert!(!all.contains(date), "{name} still has its own {date}");
            }
        }
    }

    #[test]
    fn the_follow_up_comes_67_seconds_after_its_autofix() {
        let mails = mails(Time(TIMES[0]));
        let date = |subject: &str| {
            let all = mails.iter().map(|mail| String::from_utf8_lossy(&mail.bytes).into_owned());
            let mail = all.into_iter().find(|mail| mail.contains(&format!("Subject: {subject}\n"))).unwrap();
            mail.lines().find(|line| line.starts_with("Date: ")).unwrap().to_string()
        };
        assert_eq!(date("[vcs2vcs] AUTOFIX process delays on github-sync1"), "Date: Thu, 21 Nov 2013 05:47:04 -0800");
        assert_eq!(date("[vcs2vcs] process delays on github-sync1"), "Date: Thu, 21 Nov 2013 05:48:11 -0800");
    }
}
