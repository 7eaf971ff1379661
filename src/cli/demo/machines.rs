//! The verdict machines of the page in the demo: each in each of its states ([`STATES`]), at whatever time it is written.

use super::script::{DAY, DemoMail, HOUR, MINUTE, Piece, Script};
use super::stamp::format_at;
use crate::mail::{Flags, Time};
use crate::runbook::Call;

/// A state of a verdict machine, and a mail of the demo that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// The machine: `V1` to `V12`; empty for a case of their runbooks that belongs to none.
    pub machine: &'static str,
    /// The state, in words.
    pub state: &'static str,
    /// The runbook.
    pub book: &'static str,
    /// Its case.
    pub case: &'static str,
    /// Its call.
    pub call: Call,
    /// Whether it is known, rather than "cannot tell".
    pub known: bool,
    /// The mail, by its tag.
    pub mail: &'static str,
}

const fn state(
    machine: &'static str,
    state: &'static str,
    book: &'static str,
    case: &'static str,
    call: Call,
    mail: &'static str,
) -> State {
    State { machine, state, book, case, call, known: true, mail }
}

const fn unknown(state: State) -> State {
    State { known: false, ..state }
}

/// Every state of every machine, with the mail that shows it.
#[rustfmt::skip]
pub const STATES: &[State] = &[
    state("V1", "watching", "vcs2vcs", "autofix-worked", Call::Wait, "autofix-watching"),
    state("V1", "failed", "vcs2vcs", "autofix-failed", Call::Page, "autofix-failed"),
    state("V1", "failed, the follow-up", "vcs2vcs", "autofix-failed-followup", Call::Page, "autofix-followup"),
    state("V1", "failed, the follow-up came late", "vcs2vcs", "autofix-failed", Call::Page, "autofix-failed-late"),
    state("V1", "worked", "vcs2vcs", "autofix-worked", Call::Note, "autofix-worked"),
    unknown(state("V1", "cannot tell: host unknown", "vcs2vcs", "autofix-worked", Call::Decide, "autofix-cannot-tell")),
    state("V2", "single", "vcs2vcs", "single", Call::Wait, "delays-single"),
    state("V2", "outage", "vcs2vcs", "outage", Call::Page, "delays-outage"),
    state("V2", "irregular", "vcs2vcs", "irregular", Call::Act, "delays-irregular"),
    state("V2", "stopped", "vcs2vcs", "stopped", Call::Note, "delays-stopped"),
    state("V3", "major", "vcs2vcs", "major", Call::Act, "major"),
    state("V3", "major, corrupt", "vcs2vcs", "major-corruption", Call::Act, "major-corruption"),
    state("V3", "straggler", "vcs2vcs", "straggler", Call::Note, "major-straggler"),
    state("V3", "recurrence", "vcs2vcs", "major", Call::Act, "major-again"),
    state("V3", "recovering", "vcs2vcs", "recovering", Call::Wait, "major-recovering"),
    state("V4", "lone", "vcs2vcs", "push-ignorable", Call::Ignore, "push-lone"),
    state("V4", "two sets", "vcs2vcs", "push-ignorable", Call::Ignore, "push-two-sets"),
    state("V4", "three sets", "vcs2vcs", "push-many-sets", Call::Act, "push-three-sets"),
    state("V4", "many lone", "vcs2vcs", "push-many-lone", Call::Decide, "push-many-lone"),
    state("", "conversion failed", "vcs2vcs", "conversion-failed", Call::Act, "conversion-failed"),
    state("", "conversion recovered", "vcs2vcs", "conversion-recovered", Call::Note, "conversion-recovered"),
    state("", "conversion succeeded", "vcs2vcs", "converted", Call::Note, "converted"),
    state("", "unexpected output", "vcs2vcs", "other", Call::Decide, "cron-output"),
    state("V5", "investigate", "release-runner", "investigate", Call::Act, "runner-investigate"),
    state("V5", "did not start", "release-runner", "start-failed", Call::Act, "runner-start"),
    state("V5", "no release", "release-runner", "no-release", Call::Ignore, "runner-no-release"),
    state("V5", "unknown", "release-runner", "ask", Call::Decide, "runner-ask"),
    state("V5", "development", "release-runner", "dev", Call::Note, "runner-dev"),
    state("V6", "due in two weeks", "ec2-retirement", "scheduled", Call::Act, "ec2-scheduled"),
    state("V6", "due within a day", "ec2-retirement", "due-soon", Call::Act, "ec2-due-soon"),
    state("V6", "overdue", "ec2-retirement", "overdue", Call::Act, "ec2-overdue"),
    state("V7", "new", "sns", "alarm", Call::Act, "sns-new"),
    state("V7", "unclaimed", "sns", "unclaimed", Call::Act, "sns-unclaimed"),
    state("V7", "claimed", "sns", "claimed", Call::Wait, "sns-claimed"),
    state("V7", "closed by its OK", "sns", "closed", Call::Note, "sns-closed"),
    state("V7", "the OK", "sns", "ok", Call::Note, "sns-ok"),
    state("V7", "no data", "sns", "no-data", Call::Decide, "sns-no-data"),
    state("V7", "another topic", "sns", "other-topic", Call::Act, "sns-other-topic"),
    state("V7", "a new user of SNS", "sns", "other", Call::Act, "sns-other"),
    state("V7", "unparsed", "sns", "unparsed", Call::Act, "sns-unparsed"),
    state("V7", "asks to be confirmed", "sns", "confirm", Call::Decide, "sns-confirm"),
    state("V8", "off cadence", "mozdef", "off-cadence", Call::Decide, "mozdef-off-cadence"),
    state("V8", "more than usual", "mozdef", "busy", Call::Decide, "mozdef-busy"),
    state("V8", "normal", "mozdef", "normal", Call::Note, "mozdef-normal"),
    state("V8", "first seen", "mozdef", "first-seen", Call::Decide, "mozdef-first-seen"),
    state("V8", "nothing to compare with", "mozdef", "look", Call::Decide, "mozdef-look"),
    state("V9", "new", "appleagent", "fresh", Call::Decide, "apple-new"),
    state("V9", "claimed", "appleagent", "claimed", Call::Note, "apple-claimed"),
    state("V9", "unclaimed", "appleagent", "unclaimed", Call::Act, "apple-unclaimed"),
    state("V9", "manager", "appleagent", "many", Call::Act, "apple-many"),
    state("V10", "cleaning", "puppet", "cleaning", Call::Wait, "puppet-cleaning"),
    state("V10", "cleaned by itself", "puppet", "cleaned", Call::Note, "puppet-cleaned"),
    state("V10", "unresolved", "puppet", "not-cleaned", Call::Decide, "puppet-not-cleaned"),
    state("V10", "for information", "puppet", "waiting", Call::Note, "puppet-waiting"),
    state("V10", "errors", "puppet", "errors", Call::Decide, "puppet-errors"),
    state("V10", "changes", "puppet", "changes", Call::Note, "puppet-changes"),
    state("V10", "not on the page", "puppet", "other", Call::Decide, "puppet-other"),
    state("V11", "expected", "adhoc-signing", "expected", Call::Note, "adhoc-expected"),
    state("V11", "not expected", "adhoc-signing", "not-expected", Call::Act, "adhoc-not-expected"),
    state("V11", "window announced", "change-window", "announced", Call::Decide, "window-announced"),
    state("V11", "window requested", "change-window", "request", Call::Decide, "window-requested"),
    state("V11", "window answered", "change-window", "answered", Call::Note, "window-answered"),
    state("V11", "window, no answer", "change-window", "owed", Call::Act, "window-owed"),
    state("V12", "promotion?", "chromecast", "promotion", Call::Decide, "cast-promotion"),
    state("V12", "forward", "chromecast", "forward", Call::Act, "cast-forward"),
    state("V12", "unusual traffic", "chromecast", "unusual", Call::Act, "cast-unusual"),
];

impl Script {
    /// All mails of the machines.
    pub(super) fn machines(&mut self) {
        self.autofix();
        self.delays();
        self.major();
        self.pushes();
        self.other_output();
        self.release_runner();
        self.retirement();
        self.alarms();
        self.security();
        self.apple();
        self.puppet();
        self.expected();
        self.chromecast();
    }

    /// What comes after the demo's time, by how many seconds, where it moves: the follow-up of the AUTOFIX, the OK of the
    /// newest alarm, and the match of the certificate that is being cleaned.
    pub(super) fn later(&mut self) -> Vec<(i64, DemoMail)> {
        let now = self.at.0;
        self.add("vcs2vcs-delays", now + 60, |mail| mail.replace("github-sync2", "github-sync3"));
        self.add("sns-cloudwatch-ok", now + 110, |mail| {
            alarm_times(mail, now - 12 * MINUTE);
            mail.replace("relengapi-5xx", "tooltool-latency");
            mail.replace("US West (Oregon)", "US East (N. Virginia)");
        });
        self.add("puppet-waiting", now + 160, |mail| mail.replace("slave12", "slave40"));
        std::mem::take(&mut self.mails).into_iter().map(|mail| (mail.delivered.0 - now, mail)).collect()
    }

    /// V1.
    fn autofix(&mut self) {
        // It failed on github-sync1: the follow-up came 67 s later. One more came over a slow way.
        let failed = [("github-sync1", 2, 67, 0), ("github-sync6", 7, 38, 83 * MINUTE)];
        let tags = [("autofix-failed", "autofix-followup"), ("autofix-failed-late", "")];
        for ((host, run, after, late), (fix, follow)) in failed.into_iter().zip(tags) {
            let run = self.tick(run);
            self.add("vcs2vcs-autofix", run, |mail| {
                mail.replace("github-sync2", host);
                mail.tag = fix;
            });
            self.add("vcs2vcs-delays", run + after, |mail| {
                mail.replace("github-sync2", host);
                mail.delivered = Time(mail.delivered.0 + late);
                mail.tag = follow;
            });
        }
        // It worked on github-sync2; on github-sync3 somebody has just run it by hand.
        let (long_ago, just_now) = (self.tick(10), self.at.0 - 20);
        self.add("vcs2vcs-autofix", long_ago, |mail| mail.tag = "autofix-worked");
        self.add("vcs2vcs-autofix", just_now, |mail| {
            mail.replace("github-sync2", "github-sync3");
            mail.tag = "autofix-watching";
        });
        // A mail whose host nobody can tell came after that of github-sync8.
        let yesterday = self.tick(75);
        self.add("vcs2vcs-autofix", yesterday, |mail| {
            mail.replace("github-sync2", "github-sync8");
            mail.tag = "autofix-cannot-tell";
        });
        self.add("vcs2vcs-delays", yesterday + 2 * MINUTE, |mail| {
            mail.replace("@github-sync2.dmz.scl3.mozilla.com", "@mozilla.com");
            mail.replace(" on github-sync2", "");
            mail.without_received();
        });
    }

    /// V2.
    fn delays(&mut self) {
        // An outage on github-sync4 goes on; one on github-sync5 ended yesterday.
        for run in (0..4).rev() {
            let sent = self.tick(run);
            self.add("vcs2vcs-delays", sent, |mail| {
                mail.replace("github-sync2", "github-sync4");
                mail.replace("65 minutes", &format!("{} minutes", 60 + sent.rem_euclid(DAY) / 1200));
                if run == 3 {
                    mail.tag = "delays-outage";
                }
            });
        }
        for run in 80..85 {
            let sent = self.tick(run);
            self.add("vcs2vcs-delays", sent, |mail| {
                mail.replace("github-sync2", "github-sync5");
                if run == 80 {
                    mail.tag = "delays-stopped";
                }
            });
        }
        // Single ones may be a false alarm: on github-sync7 just now, on github-sync3 days ago.
        let (just_now, long_ago, off) = (self.tick(0), self.tick(130), self.tick(1));
        self.add("vcs2vcs-delays", just_now, |mail| {
            mail.replace("github-sync2", "github-sync7");
            mail.tag = "delays-single";
        });
        self.add("vcs2vcs-delays", long_ago, |mail| mail.replace("github-sync2", "github-sync3"));
        // Off the rhythm on github-sync9.
        for after in [0, 10 * MINUTE] {
            self.add("vcs2vcs-delays", off + after, |mail| {
                mail.replace("github-sync2", "github-sync9");
                if after > 0 {
                    mail.tag = "delays-irregular";
                }
            });
        }
        // The same mail twice, as a list and a direct copy deliver it.
        for copy in 0..2 {
            self.add("vcs2vcs-delays", self.at.0 - 3 * DAY, |mail| {
                mail.replace("github-sync2", "github-sync3");
                mail.delivered = Time(mail.sent.0 + 2 + copy);
                mail.seed = 77;
            });
        }
    }

    /// V3: resolved in the second hour, so that the third is a straggler; from the fourth on it is there again.
    fn major(&mut self) {
        for (n, tag) in
            [(5, "major"), (4, "major-resolved"), (3, "major-straggler"), (2, "major-again"), (1, "major-recovering")]
        {
            let hour = self.hour(n);
            self.add("vcs2vcs-major", hour + 3, |mail| {
                checked(mail, hour);
                mail.replace(
                    "abort: data/browser/app/profile/firefox.js.i@8d21f3a0c1b7: no match found!",
                    "abort: error: Connection timed out",
                );
                mail.tag = tag;
                if n == 2 {
                    mail.flags = Some(Flags::SEEN.with(Flags::FLAGGED));
                }
            });
        }
        let hour = self.hour(0);
        self.add("vcs2vcs-major", hour + 3, |mail| {
            checked(mail, hour);
            mail.replace("github-sync2", "github-sync5");
            mail.tag = "major-corruption";
        });
    }

    /// V4.
    fn pushes(&mut self) {
        // Three sets on github-sync2, the fourth a day ago; two on github-sync3; alone on github-sync1; seven times alone
        // on github-sync6.
        let now = self.at.0;
        let three = [(200, "push-three-sets", 129), (155, "", 127), (110, "", 131), (1500, "", 128)];
        let two = [(600, "push-two-sets", 127), (555, "", 127)];
        for (host, (minutes, tag, second)) in
            three.map(|set| ("github-sync2", set)).into_iter().chain(two.map(|set| ("github-sync3", set)))
        {
            let start = now - minutes * MINUTE;
            self.add("vcs2vcs-push1", start, |mail| {
                mail.replace("github-sync2", host);
                mail.tag = tag;
            });
            self.add("vcs2vcs-push2", start + second, |mail| mail.replace("github-sync2", host));
        }
        self.add("vcs2vcs-push1", now - 1900 * MINUTE, |mail| {
            mail.replace("github-sync2", "github-sync1");
            mail.tag = "push-lone";
        });
        for n in 0..7 {
            self.add("vcs2vcs-push1", now - (70 + n * 170) * MINUTE, |mail| {
                mail.replace("github-sync2", "github-sync6");
                if n == 0 {
                    mail.tag = "push-many-lone";
                }
            });
        }
    }

    /// Output of the cron jobs of the vcs2vcs system, and the mails that it sends of its own.
    fn other_output(&mut self) {
        let now = self.at.0;
        self.add("vcs2vcs-forward", now - 5 * HOUR, |mail| mail.tag = "cron-output");
        self.add("vcs2vcs-forward", now - 2 * DAY, |mail| {
            mail.body("/bin/sh: /opt/vcs2vcs/bin/combine_mapfiles: Permission denied\n");
        });
        self.add("vcs2vcs-conversion-failed", now - 4 * HOUR, |mail| {
            mail.replace("beagle", "gaia");
            mail.tag = "conversion-failed";
        });
        self.add("vcs2vcs-conversion-failed", now - 9 * HOUR, |mail| mail.tag = "conversion-recovered");
        self.add("vcs2vcs-conversion-failed", now - 8 * HOUR, |mail| {
            mail.header("Subject", "[vcs2vcs] Successful conversion for beagle (12s)");
            mail.body("Sync completed.\n");
            mail.tag = "converted";
        });
    }

    /// V5: no release was being started yesterday, one is today, and of the days before nobody said.
    fn release_runner(&mut self) {
        // It fails, sleeps for a minute and tries again.
        let start = self.at.0 - 150 * MINUTE;
        for n in 0..12 {
            let sent = start + n * 62;
            self.add("release-runner", sent, |mail| {
                mail.replace("2017-06-21", &format_at(Time(sent), 0, "%Y-%m-%d"));
                mail.replace("14:02:", &format_at(Time(sent - 5), 0, "%H:%M:"));
                mail.replace("54.0b9", "55.0b3");
                if n == 11 {
                    mail.tag = "runner-start";
                }
            });
        }
        let no_network = |mail: &mut Piece| {
            mail.body(
                "Release runner encountered a runtime error: \nTraceback (most recent call last):\n  File \
                 \"release-runner3.py\", line 201, in main\n    rr.get_release_requests()\nConnectionError: ('Connection \
                 aborted.', BadStatusLine(\"''\",))\n\nThe full log is available on buildbot-master81 in \
                 /builds/releaserunner3/release-runner3.log\nI'll sleep for 60 seconds before retry\n\n- release runner\n",
            );
            mail.replace("buildbot-master85", "buildbot-master81");
        };
        self.add("release-runner", self.at.0 - 45 * MINUTE, |mail| {
            no_network(mail);
            mail.tag = "runner-investigate";
        });
        self.add("release-runner", self.at.0 - 20 * HOUR, |mail| {
            no_network(mail);
            mail.tag = "runner-no-release";
        });
        self.add("release-runner", self.at.0 - 6 * HOUR, |mail| {
            no_network(mail);
            mail.replace("buildbot-master81", "dev-master2");
            mail.header("Subject", "[dev-release-runner] failed");
            mail.tag = "runner-dev";
        });
        let before = self.day(3, 16, 20);
        self.add("release-runner", before, |mail| {
            mail.replace("2017-06-21", &format_at(Time(before), 0, "%Y-%m-%d"));
            mail.replace("buildbot-master85", "buildbot-master81");
            mail.flags = Some(Flags::SEEN.with(Flags::REPLIED));
            mail.tag = "runner-ask";
        });
        // Passed on by a colleague: no alert.
        self.add("release-runner", before + 25 * MINUTE, |mail| {
            mail.header("From", "Rail A. <rail@example.org>");
            mail.header("Subject", "Fwd: [release-runner] failed");
            mail.body("FYI, this was the partial blob again. I am on it.\n");
        });
    }

    /// V6.
    fn retirement(&mut self) {
        let now = self.at.0;
        let (in_two_weeks, gone) = (self.date(13), self.date(-4));
        // The full hour before a third of a day is over.
        let soon = now + 8 * HOUR;
        let soon = format_at(Time(soon - soon.rem_euclid(HOUR)), 0, "%Y-%m-%d %H:%M UTC");
        self.add("ec2-retirement-2013", now - 26 * HOUR, |mail| {
            mail.replace("2013-10-22", &in_two_weeks);
            mail.flags = Some(Flags::SEEN.with(Flags::FLAGGED));
            mail.tag = "ec2-scheduled";
        });
        self.add("ec2-retirement-2017", now - 7 * HOUR, |mail| {
            mail.replace("2017-04-25 04:00 UTC", &soon);
            mail.tag = "ec2-due-soon";
        });
        self.add("aws-health-2026", now - 3 * DAY, |mail| {
            mail.replace("2026-01-27", &in_two_weeks);
            mail.replace("i-0a1b2c3d4e5f60718", "i-0c9d8e7f6a5b41302");
        });
        self.add("ec2-retirement-2013", now - 18 * DAY, |mail| {
            mail.replace("2013-10-22", &gone);
            mail.replace("i-02cc2669", "i-0f0e77aa\n i-5f0e1d2c");
            mail.tag = "ec2-overdue";
        });
    }

    /// V7.
    fn alarms(&mut self) {
        let now = self.at.0;
        // One that closed again; one that nobody works on, one that somebody does, and one that has just come.
        let alarm = now - 5 * HOUR;
        self.add("sns-cloudwatch-alarm", alarm, |mail| {
            alarm_times(mail, alarm);
            mail.tag = "sns-closed";
        });
        self.add("sns-cloudwatch-ok", alarm + 15 * MINUTE - 2, |mail| {
            alarm_times(mail, alarm);
            mail.tag = "sns-ok";
        });
        for (minutes, name, tag) in [
            (55, "cloud-tools-queue-age", "sns-unclaimed"),
            (70, "hg-web-disk", "sns-claimed"),
            (12, "tooltool-latency", "sns-new"),
        ] {
            self.add("sns-cloudwatch-alarm", now - minutes * MINUTE, |mail| {
                alarm_times(mail, now - minutes * MINUTE);
                mail.replace("relengapi-5xx", name);
                mail.replace("US West (Oregon)", "US East (N. Virginia)");
                mail.tag = tag;
            });
        }
        // Log searches that found something.
        for (n, ago) in [40 * MINUTE, 41 * MINUTE, 20 * HOUR].into_iter().enumerate() {
            self.add("sns-papertrail", now - ago, |mail| {
                mail.replace("buildbot-master74", ["buildbot-master74", "buildbot-master75"][n % 2]);
                mail.replace("Mar 10 10:01:02", &format_at(Time(now - ago - 40), 0, "%b %d %H:%M:%S"));
            });
        }
        // No data; a topic that is not ours, and a text that nothing is known of, both just now.
        let empty = now - 3 * HOUR;
        self.add("sns-cloudwatch-alarm", empty, |mail| {
            alarm_times(mail, empty);
            mail.replace("relengapi-5xx", "nightly-builds-done");
            mail.replace("ALARM: ", "INSUFFICIENT_DATA: ");
            mail.tag = "sns-no-data";
        });
        for (minutes, topic, tag) in [(25, "billing", "sns-other-topic"), (20, "buildduty", "sns-other")] {
            self.add("sns-papertrail", now - minutes * MINUTE, |mail| {
                mail.body(&format!(
                    "The quota of this month is used up.\n\n--\narn:aws:sns:us-east-1:314336048151:{topic}\n"
                ));
                mail.tag = tag;
            });
        }
        // An alarm whose text was lost on the way.
        let cut = now - 2 * HOUR;
        self.add("sns-cloudwatch-alarm", cut, |mail| {
            mail.body("[the text of this message was longer than allowed and has been removed]\n");
            mail.tag = "sns-unparsed";
        });
        self.add("sns-confirm", now - 6 * DAY, |mail| mail.tag = "sns-confirm");
    }

    /// V8: about once a day for two weeks, hourly today, and twice in an hour yesterday.
    fn security(&mut self) {
        let hourly = |script: &mut Script, at: i64, tag| {
            script.add("mozdef-hourly", at + 4, |mail| {
                for (old, back) in [("2016-09-13T17:12:40", 2844), ("2016-09-13T17:31:02", 1742)] {
                    mail.replace(old, &format_at(Time(at - back), 0, "%Y-%m-%dT%H:%M:%S"));
                }
                mail.tag = tag;
                if tag == "mozdef-first-seen" {
                    mail.replace("signing4.", "signing9.");
                }
            });
        };
        for n in (0..8).chain([26, 27, 28, 52, 76]).chain((4..19).map(|day| day * 24)) {
            let tag = [
                (0, "mozdef-busy"),
                (26, "mozdef-off-cadence"),
                (52, "mozdef-normal"),
                (76, "mozdef-first-seen"),
                (18 * 24, "mozdef-look"),
            ];
            let tag = tag.into_iter().find(|(of, _)| *of == n).map_or("", |(_, tag)| tag);
            let hour = self.hour(n);
            hourly(self, hour, tag);
        }
        let twice = self.hour(28) + 31 * MINUTE;
        hourly(self, twice, "");
        let off_the_hour = self.hour(2) + 31 * MINUTE + 7;
        self.add("mozdef-plugin", off_the_hour, |mail| {
            mail.replace("2017-02-13T09:29:58", &format_at(Time(off_the_hour - 69), 0, "%Y-%m-%dT%H:%M:%S"));
        });
    }

    /// V9: much of it in the night, which the manager knows; since then one by one.
    fn apple(&mut self) {
        let now = self.at.0;
        for n in 0..11 {
            self.add("appleagent-code", now - 22 * HOUR + n * 9 * MINUTE, |mail| {
                mail.replace("000000", &format!("{}", 311_041 + n * 1013));
                if n == 10 {
                    mail.tag = "apple-many";
                }
            });
        }
        let since = [(25 * MINUTE, "apple-new"), (95 * MINUTE, "apple-claimed"), (4 * HOUR, "apple-unclaimed")];
        for (n, (ago, tag)) in since.into_iter().enumerate() {
            self.add("appleagent-code", now - ago, |mail| {
                mail.replace("000000", &format!("{}", 104_729 + n * 1009));
                mail.tag = tag;
            });
        }
        // The newest but one was claimed by reply; our own copy lies in Sent.
        self.add("appleagent-code", now - 90 * MINUTE, |mail| {
            mail.header("From", "release@example.org");
            mail.header("Subject", "Re: Your Apple ID verification code");
            mail.header("Message-ID", "<claim@mail.example.org>");
            mail.body("Mine, I am renewing the certificate.\n\nann\n");
            mail.folder = "Sent";
            mail.flags = Some(Flags::SEEN);
            mail.without_received();
        });
    }

    /// V10.
    fn puppet(&mut self) {
        let now = self.at.0;
        // Cleaned and signed; one whose certificate could not be cleaned; one that is being cleaned.
        self.add("puppet-invalid-cert", now - 5 * HOUR, |mail| {
            mail.flags = Some(Flags::SEEN);
            mail.tag = "puppet-cleaned";
        });
        self.add("puppet-waiting", now - 5 * HOUR + 10 * MINUTE, |_| {});
        for (ago, slave, tag) in
            [(22 * HOUR, "slave27", "puppet-not-cleaned"), (18 * MINUTE, "slave40", "puppet-cleaning")]
        {
            self.add("puppet-invalid-cert", now - ago, |mail| {
                mail.replace("slave12", slave);
                mail.tag = tag;
            });
        }
        self.add("puppet-waiting", now - 3 * DAY, |mail| {
            mail.replace("slave12", "slave31");
            mail.tag = "puppet-waiting";
        });
        self.add("puppetagain-error", now - 16 * HOUR, |mail| mail.tag = "puppet-errors");
        self.add("puppetagain-error", now - 15 * HOUR, |mail| {
            mail.header("Subject", "[PuppetAgain Changes] certificate generated for bld-linux64-ix-003.build.scl1");
            mail.body("signed by releng-puppet2\n");
            mail.tag = "puppet-changes";
        });
        self.add("puppet-waiting", now - 13 * HOUR, |mail| {
            mail.header("Subject", "[scl-production-puppet-new] linux-ix-slave19 has no node definition");
            mail.body("could not find a node for linux-ix-slave19.build.scl1.mozilla.com\n");
            mail.tag = "puppet-other";
        });
        // The same from a machine whose clock stands still.
        self.add("puppetagain-error", now - 900 * DAY, |mail| {
            mail.replace("releng-puppet2", "releng-puppet1");
            mail.delivered = Time(now - 17 * HOUR);
            mail.folder = "";
        });
    }

    /// V11.
    fn expected(&mut self) {
        let now = self.at.0;
        self.add("adhoc-signing", now - 75 * MINUTE, |mail| mail.tag = "adhoc-expected");
        self.add("adhoc-signing", now - 54 * HOUR, |mail| {
            mail.replace("bug1843034", "bug1839981");
            mail.tag = "adhoc-not-expected";
        });
        // The first Wednesday from tomorrow on; 1970-01-01 was a Thursday.
        let weekday = (now / DAY + 1).rem_euclid(7);
        let window = self.date((6 - weekday).rem_euclid(7) + 1);
        for (hours, which, number, tag) in [
            (14, "wcw", "12345", "window-announced"),
            (20, "wcw", "12366", "window-answered"),
            (40, "wmw", "12399", "window-owed"),
            (5, "wcw", "12412", "window-requested"),
        ] {
            self.add("wcw", now - hours * HOUR, |mail| {
                mail.replace("release+wcw@", &format!("release+{which}@"));
                mail.replace("[WCW]", &format!("[{}]", which.to_uppercase()));
                mail.replace("CHG0012345", &format!("CHG00{number}"));
                mail.replace("chg0012345", &format!("chg00{number}"));
                mail.replace("2018-02-21", &window);
                mail.tag = tag;
            });
        }
    }

    /// V12: much of it days ago, which was looked into; then one to forward, and what looks like promotion.
    fn chromecast(&mut self) {
        let now = self.at.0;
        for n in 0..6 {
            self.add("chromecast", now - 4 * DAY + n * HOUR, |mail| {
                mail.replace("DEADBEEF", &format!("DEADBEE{n}"));
                if n == 5 {
                    mail.tag = "cast-unusual";
                }
            });
        }
        self.add("chromecast", now - 30 * HOUR, |mail| mail.tag = "cast-forward");
        self.add("chromecast", now - 11 * HOUR, |mail| {
            mail.header("Subject", "Discover what is new for Google Cast developers");
            mail.header("List-Unsubscribe", "<https://www.google.com/unsubscribe>");
            mail.body("Join us online and learn how to build for the big screen.\n\nUnsubscribe: https://www.google.com/unsubscribe\n");
            mail.flags = Some(Flags::SEEN);
            mail.tag = "cast-promotion";
        });
    }
}

/// The hour that alert_major_errors looked at, in its text.
fn checked(mail: &mut Piece, hour: i64) {
    let of = |time: i64| format_at(Time(time), -8 * 3600, "%H:");
    mail.replace("12:00 PST", &format!("{}00 PST", of(hour)));
    mail.replace("between 11:", &format!("between {}", of(hour - HOUR)));
    mail.replace("\n  11:", &format!("\n  {}", of(hour - HOUR)));
}

fn alarm_times(mail: &mut Piece, alarm: i64) {
    let of = |time: i64, format| format_at(Time(time), 0, format);
    mail.replace("10/03/15 09:36:00", &of(alarm - 312, "%d/%m/%y %H:%M:%S"));
    mail.replace("10/03/15 09:51:00", &of(alarm + 588, "%d/%m/%y %H:%M:%S"));
    mail.replace("Tuesday 10 March, 2015 09:41:07", &of(alarm - 5, "%A %d %B, %Y %H:%M:%S"));
    mail.replace("Tuesday 10 March, 2015 09:56:07", &of(alarm + 895, "%A %d %B, %Y %H:%M:%S"));
}
