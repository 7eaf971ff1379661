//! R1 to R15 of the semantics by name: time, what counts, and what is known.

use super::kit::*;
use dutybox::mail::Time;
use dutybox::runbook::Call;
use dutybox::triage::row::{Folder, FolderId};
use dutybox::triage::verdicts::{Sources, freshness};

/// R1: `at` decides windows, `received` whether we knew it.
#[test]
fn r1_a_late_follow_up_counts_from_its_delivery_on_at_its_own_time() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07:03")));
    world.add(&delays(t("14:07:41")).delivered(t("15:30")));
    assert_eq!(world.say(auto, t("14:20")), "autofix-worked note");
    assert_eq!(world.say(auto, t("15:29:59")), "autofix-worked note");
    assert_eq!(world.say(auto, t("15:30")), "autofix-failed page");
}

/// R2: nothing that was received or recorded later exists.
#[test]
fn r2_as_of_knows_neither_later_mail_nor_later_acts() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    assert_eq!(world.verdict(auto, t("14:00")).headline, "Not received yet at that time");
    assert!(world.at(t("14:00")).incident(auto).is_none());
    let runner = world.add(&mail("[release-runner] failed", t("14:10")));
    world.switch("release", "yes", t("13:50"), t("14:30"));
    assert_eq!(world.say(runner, t("14:29:59")), "ask decide");
    assert_eq!(world.say(runner, t("14:30")), "investigate act");
    world.resolve(auto, t("14:08"), t("14:40"));
    assert_eq!(world.incident(auto, t("14:39")).resolved, None);
    assert_eq!(world.incident(auto, t("14:40")).resolved, Some(t("14:08")));
}

/// R3: hours are those of the Date's own offset.
#[test]
fn r3_hours_are_those_of_the_date() {
    // 16:00 in India is 10:30 UTC: a full hour there, half past here.
    let ask = |offset: &str| {
        let mut world = World::shipped();
        let first = world.add(&major(t("9:00")));
        world.resolve(first, t("9:20"), t("9:25"));
        let row = world.add(&major(t("10:30:03")).offset(offset));
        world.say(row, t("10:31"))
    };
    assert_eq!(ask("+0000"), "straggler note", "covers 9:00 to 10:00 UTC");
    assert_eq!(ask("+0530"), "major act", "covers 9:30 to 10:30 UTC");
    // Without an offset it is the zone of the display.
    let mut world = World::shipped();
    let first = world.add(&major(t("9:00")));
    world.resolve(first, t("9:20"), t("9:25"));
    let row = world.add(&major(t("10:30:03")));
    world.rows[row].offset = None;
    assert_eq!(world.say(row, t("10:31")), "straggler note");
    world.zone = jiff::tz::TimeZone::fixed(jiff::tz::Offset::from_seconds(19_800).unwrap());
    assert_eq!(world.say(row, t("10:31")), "major act");
}

/// R4: windows are closed; the message itself is no follow-up; several triggers may share one.
#[test]
fn r4_windows_are_closed() {
    for (later, expected) in [
        (0, "autofix-failed page"),
        (1, "autofix-failed page"),
        (300, "autofix-failed page"),
        (301, "autofix-worked note"),
        (-1, "autofix-worked note"),
    ] {
        let mut world = World::shipped();
        let auto = world.add(&autofix(t("14:07")));
        let follow = world.add(&delays(plus(t("14:07"), later)));
        assert_eq!(world.say(auto, t("14:20")), expected, "{later} s later");
        let after = if expected.ends_with("page") { "autofix-failed-followup page" } else { "single wait" };
        assert_eq!(world.say(follow, t("14:20")), after, "{later} s later");
    }
    let mut world = World::shipped();
    let autos = world.adds(&[autofix(t("14:03")), autofix(t("14:06")), autofix(t("14:07:10"))]);
    world.add(&delays(t("14:07:41")));
    for auto in autos {
        assert_eq!(world.say(auto, t("14:20")), "autofix-failed page");
    }
    // A copy of the message is not its own follow-up either.
    let books = books(&[(
        "b",
        "match = { subject = \"x\" }\n[[case]]\nid = \"two\"\nfollowed-by = { within = \"5m\" }\nverdict = { call = \"act\", headline = \"h\" }\n",
    )]);
    let mut world = World::of(books);
    let one = world.add(&mail("x", t("14:00")));
    world.add(&mail("x", t("14:00")).folder(1));
    assert_eq!(world.say(one, t("15:00")), "- decide");
}

/// R5: copies count once, and all get the verdict; by id and content, or by content within two minutes.
#[test]
fn r5_copies() {
    let converted =
        || mail("[vcs2vcs] Successful conversion for J (12s) <EOM>", t("14:00")).to("release+vcs2vcs@mozilla.com");
    let count = |mails: &[Mail]| {
        let mut world = World::shipped();
        let rows = world.adds(mails);
        let correlation = world.at(t("23:00"));
        let counted: usize = {
            let mut of: Vec<u32> = rows.iter().filter_map(|row| correlation.incident_of[*row]).collect();
            of.dedup();
            of.iter().map(|index| correlation.incidents[*index as usize].count).sum()
        };
        for row in &rows {
            assert_eq!(correlation.verdicts[*row].call, Call::Note);
        }
        counted
    };
    let same = |received| converted().id(Some("a@x")).delivered(received);
    assert_eq!(count(&[same(t("14:00")), same(t("16:00"))]), 1, "same id, same content");
    assert_eq!(count(&[converted().id(Some("a@x")), converted().id(Some("b@x"))]), 2, "other id");
    assert_eq!(count(&[converted().id(Some("a@x")), converted().id(Some("a@x")).body("Other.\n")]), 2, "other content");
    let nameless = |received| converted().id(None).delivered(received);
    assert_eq!(count(&[nameless(t("14:00")), nameless(t("14:02"))]), 1, "without id, two minutes apart");
    assert_eq!(count(&[nameless(t("14:00")), nameless(t("14:02:01"))]), 2);
    assert_eq!(count(&[nameless(t("14:00")), nameless(t("15:00"))]), 2, "two of the same, an hour apart");
    assert_eq!(count(&[same(t("14:00")), nameless(t("14:01"))]), 1, "one lost its id");
    // The earliest counts: a copy that came later than the window does not bring the message into it.
    let mut world = World::shipped();
    let rows = world.adds(&[delays(t("14:07")), delays(t("14:07")).delivered(t("14:27")).folder(1)]);
    assert_eq!(world.say(rows[1], t("14:28")), "single wait");
    assert_eq!(world.incident(rows[0], t("14:28")).members.len(), 2, "acts go to all copies");
}

/// R6: only alerts count; what is none gets a note, in human categories the runbook's call.
#[test]
fn r6_replies_forwards_and_bounces_count_for_nothing() {
    for noise in [
        delays(t("14:08")).header("X: 1").from("Ann <ann@github-sync1.dmz.scl3.mozilla.com>"),
        delays(t("14:08")).header("Auto-Submitted: auto-replied"),
        delays(t("14:08")).header("Content-Type: multipart/report; boundary=x"),
    ] {
        let mut noise = noise;
        if noise.headers.starts_with("X: 1") {
            noise.subject = format!("Re: {}", noise.subject);
        }
        let mut world = World::shipped();
        let auto = world.add(&autofix(t("14:07")));
        let other = world.add(&noise);
        assert_eq!(world.say(auto, t("14:20")), "autofix-worked note", "{:?}", noise.subject);
        assert_eq!(world.say(other, t("14:20")), "- note");
    }
    // Real alerts carry References and Auto-Submitted: auto-generated.
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    world.add(&delays(t("14:08")).header("Auto-Submitted: auto-generated").header("In-Reply-To: <x@y>"));
    assert_eq!(world.say(auto, t("14:20")), "autofix-failed page");
    let reply = mail("Re: Change", t("14:00")).to("release+wcw@mozilla.com");
    let request = world.add(&reply);
    assert_eq!(world.say(request, t("15:00")), "request decide");
}

/// R7: expunged mail still counts.
#[test]
fn r7_expunging_the_follow_up_does_not_make_it_worked() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    let follow = world.add(&delays(t("14:08")));
    world.expunge(follow);
    let verdict = world.verdict(auto, t("14:20"));
    assert_eq!(said(&verdict), "autofix-failed page");
    assert!(verdict.words().contains("deleted elsewhere"), "{}", verdict.words());
    let incident = world.incident(auto, t("14:20"));
    assert_eq!((incident.count, incident.gone), (2, 1));
    // A tombstone of mail that still lies there, or was moved, is the same mail.
    let mut world = World::shipped();
    let lone = world.add(&push(1, t("14:00")));
    let stone = dutybox::triage::verdicts::Tombstone::of(&world.rows[lone]).unwrap();
    world.tombstones.push(stone.into());
    world.rows[lone].key.folder = FolderId(1);
    assert_eq!(world.incident(lone, t("14:20")).count, 1);
}

/// R8: a short host name is the full one unless two share it; a missing label is neither match nor absence.
#[test]
fn r8_the_same_host() {
    let ask = |from: &str, others: &[&str]| {
        let mut world = World::shipped();
        let auto = world.add(&autofix(t("14:07")));
        let named = |from: &str| delays(t("14:08")).from("root@mozilla.com").header(&format!("Sender: {from}"));
        world.add(&named(from));
        for (index, other) in others.iter().enumerate() {
            world.add(&delays(t("3:00")).from(other).id(Some(&format!("o{index}@h"))));
        }
        world.say(auto, t("14:20"))
    };
    assert_eq!(ask("x@GITHUB-SYNC1.dmz.scl3.mozilla.com", &[]), "autofix-failed page", "case does not matter");
    assert_eq!(ask("x@github-sync1", &[]), "autofix-failed page", "a short name");
    assert_eq!(ask("x@github-sync2.dmz.scl3.mozilla.com", &[]), "autofix-worked note");
    assert_eq!(ask("x@github-sync1.example.org", &[]), "autofix-worked note", "another full name");
    let two = ["x@github-sync1.example.org"];
    assert_eq!(ask("x@github-sync1", &two), "autofix-worked decide ?", "two share the short name");
    assert_eq!(ask("x@github-sync2", &two), "autofix-worked note", "that is another one in any case");
    // A follow-up without any host: its address is that of our own domain.
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    let nameless = delays(t("14:08")).from("vcs2vcs@mozilla.com").id(None);
    world.add(&nameless);
    let verdict = world.verdict(auto, t("14:20"));
    assert_eq!(said(&verdict), "autofix-worked decide ?");
    assert_eq!(verdict.headline, "cannot tell whether AUTOFIX worked on github-sync1.dmz.scl3.mozilla.com");
    assert!(verdict.words().contains("no host in the mail of 14:08"), "{}", verdict.words());
    // Outside of the window it is nobody's candidate.
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    world.add(&delays(t("14:12:01")).from("vcs2vcs@mozilla.com").id(None));
    assert_eq!(world.say(auto, t("14:20")), "autofix-worked note");
}

pub(super) fn abc(tests: &str) -> String {
    format!(
        "match = {{ subject = \"[{{what}}]\" }}\nkinds = [\n  {{ id = \"a\", subject = \"[a]\", gap = \"1h\" }},\n  \
         {{ id = \"b\", subject = \"[b]\", gap = \"1h\" }},\n  {{ id = \"c\", gap = \"1h\" }},\n]\ngroup-by = [\"host\"]\n\
         labels = {{ host = \"auto\" }}\ndefault = \"note\"\n{tests}"
    )
}

pub(super) fn world_of(tests: &str) -> World {
    World::of(books(&[("b", &abc(tests))]))
}

pub(super) fn sent(subject: &str, at: Time) -> Mail {
    mail(subject, at).from("x@db1.example.org")
}

const PAIR: &str = "[[case]]\nid = \"both\"\nkind = \"a\"\nfollowed-by = { kind = \"b\", same = [\"host\"], within = \"5m\" }\n\
    not-followed-by = { kind = \"c\", same = [\"host\"], within = \"10m\" }\nverdict = { call = \"page\", headline = \"h\" }\n";

/// R9: all tests of a case must hold; false wins over open.
#[test]
fn r9_three_values() {
    let at = |mails: &[(&str, &str)], now: &str| {
        let mut world = world_of(PAIR);
        let first = world.add(&sent("[a]", t("14:00")));
        for (subject, time) in mails {
            world.add(&sent(subject, t(time)));
        }
        world.say(first, t(now))
    };
    assert_eq!(at(&[], "14:01"), "- wait");
    assert_eq!(at(&[], "14:05"), "- note", "one is false: the other, still open, does not matter");
    assert_eq!(at(&[("[b]", "14:03")], "14:09:59"), "- wait");
    assert_eq!(at(&[("[b]", "14:03")], "14:10"), "both page");
    assert_eq!(at(&[("[b]", "14:03"), ("[c]", "14:04")], "14:04"), "- note");
    let mut world = world_of(PAIR);
    let first = world.add(&sent("[a]", t("14:00")));
    world.add(&sent("[b]", t("14:03")));
    let verdict = world.verdict(first, t("14:04"));
    assert_eq!(verdict.until, Some(t("14:10")));
    assert_eq!(may(&verdict), [("both".into(), Some(t("14:10")), Some(t("14:10")))], "the silence is complete then");
}

/// R10: absence needs the end of the window, freshness beyond it, history before it, and no possible candidate.
#[test]
fn r10_absence_needs_proof() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    assert_eq!(world.say(auto, t("14:11:59")), "autofix-worked wait");
    assert_eq!(world.say(auto, t("14:12")), "autofix-worked note");
    world.fresh = Some(t("14:13:59"));
    assert_eq!(world.say(auto, t("14:13:59")), "autofix-worked wait", "mail may still be on its way");
    assert_eq!(world.say(auto, t("14:14")), "autofix-worked decide ?");
    world.fresh = Some(t("14:14"));
    assert_eq!(world.say(auto, t("14:14")), "autofix-worked note");
    world.rows.push(unreadable(t("14:10")));
    assert_eq!(world.say(auto, t("14:20")), "autofix-worked decide ?");
    assert!(world.verdict(auto, t("14:20")).words().contains("1 unreadable file"));
    // History: the mail before this one could have come before the mailbox begins.
    let mut young = World::young(shipped());
    let follow = young.add(&delays(t("14:07")));
    assert_eq!(young.say(follow, t("14:20")), "single decide ?");
    young.add(&mail("Older", t("14:02:01")));
    assert_eq!(young.say(follow, t("14:20")), "single decide ?");
    young.add(&mail("Old enough", t("14:02")));
    assert_eq!(young.say(follow, t("14:20")), "single wait");
}

/// R11: the newest of mail, stamp, clock and what the operator says; each Maildir for itself.
#[test]
fn r11_freshness() {
    let folder = |maildir: &str, name: &str| Folder {
        maildir: maildir.into(),
        name: name.into(),
        path: format!("{maildir}/{name}").into(),
        read_only: false,
    };
    let folders = [folder("/mail", ""), folder("/mail", "Lists"), folder("/old", "")];
    let mut world = World::young(shipped());
    world.add(&mail("One", t("14:00")));
    world.add(&mail("Two", t("14:10")).folder(1));
    world.add(&mail("Three", t("9:00")).folder(2));
    let ask = |sources: &Sources, as_of: Option<Time>| {
        let now = as_of.unwrap_or(t("15:00"));
        let found = freshness(&folders, &world.rows, sources, now, as_of);
        [0, 1, 2].map(|id| found.get(&FolderId(id)).copied())
    };
    let mut sources = Sources { archives: vec!["/old".into()], ..Sources::default() };
    assert_eq!(ask(&sources, None), [Some(t("14:10")), Some(t("14:10")), Some(t("9:00"))]);
    assert_eq!(ask(&sources, Some(t("14:05"))), [Some(t("14:00")), Some(t("14:00")), Some(t("9:00"))]);
    sources.stamps.insert("/mail".into(), t("14:30"));
    assert_eq!(ask(&sources, None)[0], Some(t("14:30")));
    assert_eq!(ask(&sources, Some(t("14:20")))[0], Some(t("14:10")), "a stamp has no history");
    sources.synced.push(("/mail".into(), t("14:15")));
    assert_eq!(ask(&sources, Some(t("14:20")))[0], Some(t("14:15")), "the operator's word has");
    sources.clock.push("/mail".into());
    assert_eq!(ask(&sources, None), [Some(t("15:00")), Some(t("15:00")), Some(t("9:00"))]);
    sources.until = Some(t("18:00"));
    assert_eq!(ask(&sources, None)[0], Some(t("15:00")), "never later than now");
    assert_eq!(ask(&sources, None)[2], Some(t("9:00")), "archives are known by their own mail");
}

/// R12: the first true case, raised to wait by an earlier, more urgent open one.
#[test]
fn r12_uncertainty_never_lowers() {
    let mut world = World::shipped();
    let single = world.add(&delays(t("14:07")));
    assert_eq!(world.say(single, t("14:20")), "single wait");
    let cases = "[[case]]\nid = \"worse\"\nfollowed-by = { kind = \"b\", within = \"5m\" }\nverdict = { call = \"page\", headline = \"Worse\" }\n\
        [[case]]\nid = \"bad\"\nverdict = { call = \"act\", headline = \"Bad\" }\n\
        [[case]]\nid = \"after\"\nfollowed-by = { kind = \"b\", within = \"9m\" }\nverdict = { call = \"page\", headline = \"After\" }\n";
    let mut world = world_of(cases);
    let row = world.add(&sent("[a]", t("14:00")));
    let verdict = world.verdict(row, t("14:01"));
    assert_eq!((said(&verdict).as_str(), verdict.headline.as_str()), ("bad act", "Bad"), "act is more than wait");
    assert_eq!(may(&verdict), [("worse".into(), Some(t("14:00")), Some(t("14:05")))], "cases after play no part");
    // No case at all: the runbook's default.
    let mut world = world_of("");
    let row = world.add(&sent("[a]", t("14:00")));
    assert_eq!(world.say(row, t("14:01")), "- note");
}

/// R13: what time cannot settle is "cannot tell", and at least decide.
#[test]
fn r13_cannot_tell() {
    let mut world = World::shipped();
    let auto = world.add(&autofix(t("14:07")));
    world.add(&mail("Noise", t("14:08")));
    world.fresh = Some(t("14:08"));
    let verdict = world.verdict(auto, t("14:30"));
    assert_eq!(said(&verdict), "autofix-worked decide ?");
    assert_eq!(verdict.headline, "cannot tell whether AUTOFIX worked on github-sync1.dmz.scl3.mozilla.com");
    assert!(verdict.words().contains("no mail newer than 14:08"), "{}", verdict.words());
    let single = world.add(&delays(t("14:27")));
    world.fresh = Some(t("14:40"));
    let verdict = world.verdict(single, t("15:30"));
    assert_eq!(verdict.headline, "cannot tell: no mail newer than 14:40", "without words of its own");
    assert_eq!(verdict.until, None, "time alone does not help");
}

/// R14: until when it stands if nothing comes, what it may become, and when that mail is due.
#[test]
fn r14_until_and_may_become() {
    let mut world = World::shipped();
    let single = world.add(&delays(t("14:07")));
    let verdict = world.verdict(single, t("14:10"));
    assert_eq!(verdict.until, Some(t("14:31")));
    assert_eq!(verdict.due, Some(t("14:27")));
    let outage = ("outage".into(), Some(t("14:23")), Some(t("14:31")));
    let irregular = ("irregular".into(), Some(t("14:07")), Some(t("14:51")));
    assert_eq!(may(&verdict), [outage, irregular.clone()]);
    let verdict = world.verdict(single, t("14:31"));
    assert_eq!((verdict.until, may(&verdict)), (Some(t("14:51")), vec![irregular]));
    let verdict = world.verdict(single, t("14:51"));
    assert_eq!((said(&verdict).as_str(), verdict.until), ("stopped note", None));
    assert_eq!(verdict.headline, "Stopped: it came once, 14:07");
    let auto = world.add(&autofix(t("16:07")));
    let verdict = world.verdict(auto, t("16:08"));
    assert_eq!((verdict.call, verdict.until), (Call::Wait, Some(t("16:12"))));
    assert_eq!(verdict.headline, "May become page: AUTOFIX failed on github-sync1.dmz.scl3.mozilla.com: page hwine");
}

/// R15: what has no category gets decide, never less.
#[test]
fn r15_unreadable_and_undocumented_mail_is_for_a_person() {
    let mut world = World::shipped();
    world.rows.push(unreadable(t("14:00")));
    let broken = world.rows.len() - 1;
    let unknown = world.add(&mail("Nobody documented this", t("14:00")));
    assert_eq!(world.say(broken, t("14:01")), "- decide");
    assert_eq!(world.say(unknown, t("14:01")), "- decide");
    let correlation = world.at(t("14:01"));
    assert_ne!(correlation.incident_of[broken], correlation.incident_of[unknown]);
    assert_eq!(correlation.incident(broken).map(|incident| incident.members.clone()), Some(vec![broken]));
}
