//! What verdicts and acts look like from the command line: incidents, what a verdict says, what the operator tells.

use crate::home::{AT, Home, files, valid};
use serde_json::Value;

/// A home whose Maildir holds mails of the vcs2vcs system, of that day: time, subject behind `[vcs2vcs] `, sending host.
fn vcs2vcs(mails: &[(&str, &str, &str)]) -> Home {
    let made: Vec<(String, String)> = mails
        .iter()
        .enumerate()
        .map(|(index, (clock, subject, host))| {
            let mail = format!(
                "From: vcs2vcs@{host}.example.net\nTo: release+vcs2vcs@mozilla.com\nSubject: [vcs2vcs] {subject}\n\
                 Date: Thu, 21 Nov 2013 {clock} +0000\nMessage-ID: <{index}@{host}.example.net>\n\nreleases-gecko\n"
            );
            (format!("cur/{index}.{host}:2,"), mail)
        })
        .collect();
    let borrowed: Vec<(&str, &[u8])> = made.iter().map(|(name, mail)| (name.as_str(), mail.as_bytes())).collect();
    Home::with_mails(&borrowed)
}

#[test]
fn incidents_are_as_their_schema_says() {
    let home = Home::with_demo();
    let all = home.json(&["incidents"]);
    valid("incidents.json", &all);
    assert_eq!(all["as_of"], AT);
    assert_eq!(home.json(&["incidents"]), all, "the order is stable");
}

#[test]
fn every_message_is_a_member_of_the_incident_that_it_names() {
    let home = Home::with_demo();
    let incidents = home.json(&["incidents"]);
    let mut members = 0;
    let list = home.json(&["list"]);
    let named = |id: &Value| {
        let message = list["messages"].as_array().unwrap().iter().find(|message| message["id"] == *id);
        message.unwrap_or_else(|| panic!("{id} is listed"))["incident"].clone()
    };
    for incident in incidents["incidents"].as_array().unwrap() {
        for member in incident["members"].as_array().unwrap() {
            assert_eq!(named(member), incident["id"]);
            members += 1;
        }
    }
    assert_eq!(members, list["messages"].as_array().unwrap().len());
}

#[test]
fn a_query_selects_the_incidents_that_hold_such_a_message() {
    let home = Home::with_demo();
    let found = home.json(&["incidents", "category:vcs2vcs kind:autofix call:page"]);
    let found = found["incidents"].as_array().unwrap();
    assert!(!found.is_empty());
    for incident in found {
        assert_eq!((&incident["category"], &incident["call"]), (&"vcs2vcs".into(), &"page".into()));
        assert!(incident["count"].as_u64().unwrap() > 1, "the follow-up belongs to it: {incident}");
    }
    assert_eq!(home.json(&["incidents", "subject:nothing-has-this"])["incidents"], Value::Array(Vec::new()));
}

#[test]
fn the_verdict_says_what_it_may_become_and_why() {
    let home = vcs2vcs(&[("14:27:04", "AUTOFIX process delays on sync3", "sync3")]);
    let message = &home.json(&["show", "0.sync3"])["message"];
    let verdict = &message["verdict"];
    let may = &verdict["may_become"][0];
    assert_eq!((&may["case"], &may["call"]), (&"autofix-failed".into(), &"page".into()));
    assert!(may["from"].is_string() && may["to"].is_string(), "{may}");
    let because = verdict["because"].as_array().unwrap();
    assert!(because.iter().any(|reason| reason["id"] == message["id"]));
    assert!(because.iter().any(|reason| reason["line"].is_u64()), "a reason names the line of the page: {because:?}");
    assert!(because.iter().any(|reason| reason["text"].as_str().unwrap().contains("no mail newer than")));
}

#[test]
fn explain_gives_each_case_its_value_its_reasons_and_its_part() {
    let home = vcs2vcs(&[("14:27:04", "AUTOFIX process delays on sync3", "sync3")]);
    let id = "0.sync3";
    let told = home.json(&["explain", id]);
    valid("explain.json", &told);
    let cases = told["cases"].as_array().unwrap();
    let of = |id: &str| cases.iter().find(|case| case["id"] == id).unwrap();
    assert_eq!(of("autofix-failed")["value"], "open");
    assert_eq!(of("autofix-failed")["part"], "may-raise");
    assert_eq!(of("autofix-worked")["value"], "true");
    assert_eq!(of("autofix-worked")["part"], "wins");
    assert_eq!(of("outage")["value"], "false");
    assert_eq!(of("outage")["part"], Value::Null);
    assert_eq!(of("outage")["why"][0]["text"], "it is about delays, this is autofix");
    let text = home.text(&["explain", id]);
    for line in ["open   autofix-failed (page)  ◀ may raise it", "true   autofix-worked (note)  ◀ gives the call"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    // A mailbox that is known to be complete past the window proves that nothing came.
    let told = home.json(&["--fresh-until", AT, "explain", id]);
    let of = |id: &str| told["cases"].as_array().unwrap().iter().find(|case| case["id"] == id).unwrap().clone();
    assert_eq!(of("autofix-failed")["value"], "false");
    assert_eq!((&told["verdict"]["call"], &told["verdict"]["known"]), (&"note".into(), &true.into()));
}

#[test]
fn a_switch_is_set_for_the_past_and_shows_its_history() {
    let home = Home::with_demo();
    assert_eq!(home.json(&["switch", "release"])["switches"][0]["is"], "unknown");
    let before = home.json(&["list", "category:release-runner"]);
    valid("act.json", &home.json(&["switch", "release", "yes", "--since", "12:00"]));
    home.then(&["switch", "release", "no", "--since", "14:00"]).success();
    let shown = home.json(&["switch", "release"]);
    valid("switch.json", &shown);
    let release = &shown["switches"][0];
    assert_eq!((&release["is"], &release["since"]), (&"no".into(), &"2013-11-21T14:00:00Z".into()));
    assert_eq!(release["history"].as_array().unwrap().len(), 2);
    let after = home.json(&["list", "category:release-runner"]);
    assert_ne!(before["messages"], after["messages"], "what a release changes follows the switch");
    home.then(&["undo"]).success();
    assert_eq!(home.json(&["switch", "release"])["switches"][0]["is"], "yes");
    assert!(home.text(&["switch"]).contains("release: yes  since 2013-11-21 12:00:00, told by ann"));
}

#[test]
fn what_is_expected_is_no_surprise() {
    let home = Home::with_demo();
    let call = |home: &Home| {
        let list = home.json(&["list", "category:adhoc-signing date:2013-11-21"]);
        list["messages"][0]["verdict"]["call"].clone()
    };
    assert_eq!(call(&home), "act");
    valid("expect.json", &home.json(&["expect"]));
    home.then(&["expect", "adhoc-signing", "--from", "13:00", "--to", "15:00", "--who", "bob"]).success();
    let expected = home.json(&["expect"]);
    valid("expect.json", &expected);
    let one = &expected["expectations"][0];
    assert_eq!((&one["who"], &one["by"], &one["phase"]), (&"bob".into(), &"ann".into(), &"now".into()));
    assert_ne!(call(&home), "act");
    home.then(&["undo"]).success();
    assert_eq!(call(&home), "act");
}

#[test]
fn people_are_paged_once_and_their_answer_is_kept() {
    let home = Home::with_demo();
    let id = home.one("kind:autofix call:page");
    let looked = home.json(&["page", &id, "--dry-run"]);
    valid("page.json", &looked);
    assert_eq!((&looked["who"][0], &looked["act"]), (&"hwine".into(), &Value::Null));
    assert_eq!(home.json(&["journal"])["acts"].as_array().unwrap().len(), 0, "nothing was recorded");
    let paged = home.json(&["page", &id]);
    valid("page.json", &paged);
    assert_eq!(paged["warnings"], Value::Array(Vec::new()));
    assert!(paged["text"].as_str().unwrap().contains("AUTOFIX failed"));
    let act = paged["act"]["act"].to_string();
    home.then(&["answered", &act, "--text", "on it"]).success();
    let again = home.json(&["page", &id, "--dry-run"]);
    let warning = again["warnings"][0].as_str().unwrap();
    assert!(warning.contains("hwine: paged at 14:41 by ann, answered: on it"), "{warning}");
    // The follow-up from the same host belongs to the incident: it knows too.
    let incident = &home.json(&["incidents", "kind:autofix call:page"])["incidents"][0];
    let other = incident["members"].as_array().unwrap().iter().find(|member| **member != id.as_str()).unwrap();
    let state = &home.json(&["show", other.as_str().unwrap()])["message"]["state"];
    assert_eq!(state["reached"][0]["who"][0], "hwine");
    assert_eq!(state["reached"][0]["answered"]["text"], "on it");
    valid("journal.json", &home.json(&["journal"]));
}

#[test]
fn done_waits_for_what_the_page_asks_first() {
    let home = Home::with_demo();
    let id = home.one("kind:major");
    let said = home.then(&["done", &id]).code(1).get_output().stderr.clone();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("who was told") && said.contains(&format!("dutybox page {id} --verb tell")), "{said}");
    home.then(&["page", &id, "--verb", "tell", "--who", "hwine,buildduty"]).success();
    home.then(&["done", &id]).success();
}

#[test]
fn a_checklist_keeps_its_ticks() {
    let home = Home::with_demo();
    let id = home.one("kind:major");
    let steps = home.json(&["step", &id]);
    valid("step.json", &steps);
    let count = steps["steps"].as_array().unwrap().len();
    assert!(count > 1);
    home.then(&["step", &id, "2"]).success();
    home.then(&["step", &id, &(count + 1).to_string()]).code(1);
    let steps = home.json(&["step", &id]);
    valid("step.json", &steps);
    assert_eq!(steps["steps"][0]["done"], Value::Null);
    assert_eq!(steps["steps"][1]["done"]["by"], "ann");
    home.then(&["step", &id, "2", "--undo"]).success();
    assert_eq!(home.json(&["step", &id])["steps"][1]["done"], Value::Null);
}

#[test]
fn a_checklist_for_each_instance_is_ticked_for_one_of_them() {
    let home = Home::with_demo();
    let list = home.json(&["list", "category:ec2-retirement"]);
    let several = list["messages"].as_array().unwrap().iter().find(|message| message["labels"]["instance"].is_array());
    let id = several.expect("a mail names several instances")["id"].as_str().unwrap().to_string();
    let steps = home.json(&["step", &id]);
    valid("step.json", &steps);
    let steps = steps["steps"].as_array().unwrap().clone();
    let of: Vec<&str> = steps.iter().filter_map(|step| step["of"].as_str()).collect();
    let (first, last) = (of.first().unwrap(), of.last().unwrap());
    assert_ne!(first, last);
    home.then(&["step", &id, "1", "--of", last]).success();
    let done: Vec<bool> =
        home.json(&["step", &id])["steps"].as_array().unwrap().iter().map(|step| !step["done"].is_null()).collect();
    assert_eq!(done.iter().filter(|done| **done).count(), 1);
    assert_eq!(home.json(&["step", &id, "--of", first])["steps"][0]["done"], Value::Null);
    assert_eq!(home.json(&["step", &id, "--of", last])["steps"][0]["done"]["by"], "ann");
}

#[test]
fn a_text_for_a_bug_is_pending_until_it_is_logged() {
    let home = Home::with_demo();
    let id = home.one("kind:major");
    let texts = home.json(&["bug-text", &id]);
    valid("bug-text.json", &texts);
    assert_eq!(home.json(&["journal"])["acts"].as_array().unwrap().len(), 0, "looking records nothing");
    let printed = home.json(&["bug-text", &id, "1"]);
    valid("bug-text.json", &printed);
    assert_eq!(printed["texts"][0]["text"], texts["texts"][0]["text"]);
    let act = printed["texts"][0]["act"].to_string();
    let pending = |home: &Home| home.json(&["show", &id])["message"]["state"]["bug_texts"][0]["logged"].clone();
    assert_eq!(pending(&home), Value::Null);
    assert!(home.text(&["show", &id]).contains("log pending"));
    home.then(&["logged", &act]).success();
    assert_eq!(pending(&home), AT);
    home.then(&["logged", &act]).code(1);
    home.then(&["bug-text", &id, "99"]).code(1);
}

#[test]
fn all_that_is_ignored_is_listed_with_its_end() {
    let home = Home::with_demo();
    let one = home.one("category:talos");
    let incident = home.json(&["incidents", "category:mozdef"])["incidents"][0]["id"].as_str().unwrap().to_string();
    home.then(&["ignore", &one, "--reason", "known"]).success();
    home.then(&["ignore", "--incident", &incident, "--reason", "a test", "--until", "2h"]).success();
    home.then(&["ignore", "--filter", "category:github", "--reason", "holidays", "--until", "tomorrow"]).success();
    let ignored = home.json(&["ignored"]);
    valid("ignored.json", &ignored);
    let ignored: Vec<(&str, &str, &Value)> = ignored["ignored"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["scope"].as_str().unwrap(), one["what"].as_str().unwrap(), &one["told"]["until"]))
        .collect();
    assert_eq!(
        ignored,
        [
            ("message", one.as_str(), &Value::Null),
            ("incident", incident.as_str(), &"2013-11-21T16:41:00Z".into()),
            ("filter", "category:github", &"2013-11-22T09:00:00Z".into()),
        ]
    );
    assert_eq!(home.ids("is:ignored category:github"), home.ids("category:github"));
    // As of before nothing was ignored, as of the end of the filter it no longer is.
    let at = |time: &str| -> usize {
        let output = home.run(&["--as-of", time, "--json", "list", "is:ignored"]).success().get_output().stdout.clone();
        serde_json::from_slice::<Value>(&output).unwrap()["messages"].as_array().unwrap().len()
    };
    assert_eq!(at("2013-11-21T14:40:59Z"), 0);
    assert_eq!(at("2013-11-22T09:00:00Z"), 1);
    // The page forbids it, and says where.
    let id = home.one("kind:autofix");
    home.then(&["ignore", &id, "--reason", "noise"]).code(1);
    home.then(&["ignore", &id, "--reason", " ", "--until", "2h"]).code(2);
    home.then(&["ignore", &id]).code(2);
    home.then(&["ignore", &id, "--reason", "noise", "--until", "2h"]).success();
}

#[test]
fn claims_snoozes_and_resolves_stand_in_the_json_and_are_taken_back() {
    let home = vcs2vcs(&[
        ("13:00:03", "alert_major_errors alert (3 errors)", "sync2"),
        ("14:00:03", "alert_major_errors alert (3 errors)", "sync2"),
    ]);
    let id = "1.sync2";
    home.then(&["claim", "--incident", id]).success();
    home.then(&["snooze", id, "--until", "1h"]).success();
    home.then(&["resolve", id, "--at", "13:30"]).success();
    home.then(&["severity", id, "critical"]).success();
    home.then(&["snooze", id, "--until", "14:00 yesterday"]).code(2);
    home.then(&["resolve", id, "--at", "+2h"]).code(2);
    let message = home.json(&["show", id])["message"].clone();
    let state = &message["state"];
    assert_eq!(state["claimed"]["by"], "ann");
    assert_eq!(state["claimed"]["scope"], "incident");
    assert_eq!(state["snoozed"]["until"], "2013-11-21T15:41:00Z");
    assert_eq!(state["resolved"]["ended"], "2013-11-21T13:30:00Z");
    assert_eq!(state["severity"]["call"], "page");
    assert_eq!(message["verdict"]["case"], "straggler", "it came after the problem was resolved");
    let incident = home.json(&["incidents", &format!("id:{id}")])["incidents"][0].clone();
    assert_eq!(incident["resolved"], "2013-11-21T13:30:00Z");
    for _ in 0..4 {
        home.then(&["undo"]).success();
    }
    let message = home.json(&["show", id])["message"].clone();
    assert_eq!(message["state"]["claimed"], Value::Null);
    assert_ne!(message["verdict"]["case"], "straggler");
    let words: Vec<String> = home.json(&["journal"])["acts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|act| act["deed"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(words, ["undo", "undo", "undo", "undo", "severity", "resolve", "snooze", "claim"]);
}

#[test]
fn acting_on_an_incident_is_one_act_about_all_its_messages() {
    let tick = "process delays on sync4";
    let home = vcs2vcs(&[("13:27:04", tick, "sync4"), ("13:47:04", tick, "sync4"), ("14:07:04", tick, "sync4")]);
    let incident = |home: &Home| home.json(&["incidents"])["incidents"][0].clone();
    assert_eq!((&incident(&home)["id"], &incident(&home)["open"]), (&"0.sync4".into(), &3.into()));
    home.then(&["page", "1.sync4"]).success();
    let done = home.json(&["done", "--incident", "2.sync4"]);
    assert_eq!(done["messages"], 3);
    let after = incident(&home);
    assert_eq!((&after["open"], &after["needs_you"]), (&0.into(), &false.into()));
    assert_eq!((&after["state"]["done"]["by"], &after["state"]["reached"][0]["verb"]), (&"ann".into(), &"page".into()));
    home.then(&["undo"]).success();
    assert_eq!(incident(&home)["open"], 3);
}

#[test]
fn an_incident_goes_by_its_name_when_its_first_mail_is_gone() {
    let tick = "process delays on sync4";
    let home = vcs2vcs(&[("13:27:04", tick, "sync4"), ("13:47:04", tick, "sync4"), ("14:07:04", tick, "sync4")]);
    // What another program removes goes on counting: whoever acted here has seen it.
    home.then(&["page", "1.sync4"]).success();
    std::fs::remove_file(home.maildir().join("cur/0.sync4:2,")).unwrap();
    let incident = home.json(&["incidents"])["incidents"][0].clone();
    assert_eq!((&incident["id"], &incident["count"], &incident["gone"]), (&"0.sync4".into(), &3.into(), &1.into()));
    assert_eq!(home.json(&["show", "0.sync4"])["message"]["incident"], "0.sync4");
    assert_eq!(home.json(&["done", "0.sync4"])["messages"], 2, "all of it that is still there");
}

/// R29: once seen, the id of an incident goes on meaning it, although its first message is another one by now and the one
/// that it is called by is gone.
#[test]
fn an_old_id_of_an_incident_is_taken_by_every_command() {
    let tick = "process delays on sync4";
    let home = vcs2vcs(&[("13:47:04", tick, "sync4"), ("14:07:04", tick, "sync4"), ("14:27:04", tick, "sync4")]);
    let incident = || home.json(&["incidents"])["incidents"][0].clone();
    let old = incident()["id"].as_str().unwrap().to_owned();
    assert_eq!(old, "0.sync4");
    home.then(&["page", "1.sync4"]).success();
    let mail = std::fs::read_to_string(home.maildir().join("cur/0.sync4:2,")).unwrap();
    let earlier = mail.replace("13:47:04", "13:27:04").replace("<0@", "<9@");
    std::fs::write(home.maildir().join("new/9.late"), earlier).unwrap();
    std::fs::remove_file(home.maildir().join("cur/0.sync4:2,")).unwrap();
    let now = incident();
    assert_eq!((&now["id"], &now["count"], &now["gone"]), (&"9.late".into(), &4.into(), &1.into()));

    let lead = now["lead"].as_str().unwrap();
    assert_eq!(home.json(&["show", &old])["message"]["id"], lead);
    assert_eq!(home.json(&["explain", &old])["id"], lead);
    for (command, messages) in [
        (&["claim"][..], 3),
        (&["unclaim"], 3),
        (&["note", "--text", "known"], 3),
        (&["mark"], 3),
        (&["snooze", "--until", "2013-11-21T16:00:00Z"], 3),
        (&["unsnooze"], 3),
        (&["ignore", "--reason", "known", "--until", "2013-11-21T16:00:00Z"], 3),
        (&["unignore"], 3),
        (&["severity"], 1),
        (&["page", "--who", "hwine"], 1),
        (&["resolve", "--at", "14:30"], 1),
        (&["done"], 3),
    ] {
        let (name, options) = command.split_first().unwrap();
        let level = if *name == "severity" { &["act"][..] } else { &[] };
        let told = home.json(&[&[*name, &old], level, options].concat());
        assert_eq!(told["act"]["messages"].as_array().map(Vec::len), Some(messages), "{command:?}");
    }
    let now = incident();
    assert_eq!((&now["open"], &now["resolved"]), (&0.into(), &"2013-11-21T14:30:00Z".into()));
    home.then(&["show", "0.syn"]).success();
    home.then(&["show", "0.sync5"]).code(1);
}

#[test]
fn times_print_in_utc_on_demand() {
    let home = vcs2vcs(&[("14:00:03", "alert_major_errors alert (3 errors)", "sync2")]);
    let shown = |args: &[&str]| {
        let output =
            home.command().env("TZ", "Europe/Berlin").args(args).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    home.config("zone = \"Europe/Berlin\"\n");
    assert!(shown(&["show", "0.sync2", "--as-of", AT]).contains("Received: 2013-11-21 15:00:03"));
    assert!(shown(&["show", "0.sync2", "--as-of", AT, "--utc"]).contains("Received: 2013-11-21 14:00:03"));
    // A time without a zone is one of the zone that is shown.
    assert!(shown(&["list", "--json", "--as-of", "2013-11-21 15:41"]).contains("\"as_of\": \"2013-11-21T14:41:00Z\""));
}

#[test]
fn a_page_runs_its_command_once_and_says_what_it_answered() {
    let home = vcs2vcs(&[
        ("14:07:03", "AUTOFIX process delays on sync1", "sync1"),
        ("14:07:41", "process delays on sync1", "sync1"),
    ]);
    let script = home.write("pager.sh", "#!/bin/sh\necho ran >> \"$HOME/ran\"\necho sent\n");
    home.config(&format!("[page]\ncommand = \"sh {}\"\n", script.display()));
    let ran = || std::fs::read_to_string(home.path("ran")).unwrap_or_default().lines().count();
    let now = |args: &[&str]| {
        String::from_utf8(home.run(args).success().get_output().stdout.clone()).expect("output is UTF-8")
    };
    let looked = now(&["page", "0.sync1", "--dry-run"]);
    assert!(looked.contains("would be run") && ran() == 0, "{looked}");
    now(&["page", "0.sync1", "--verb", "tell", "--who", "buildduty"]);
    assert_eq!(ran(), 0, "to tell somebody is no page");
    let then = home.text(&["page", "0.sync1"]);
    assert!(!then.contains("the page command: ") && ran() == 0, "nobody is paged at another time: {then}");
    let paged = now(&["page", "0.sync1"]);
    assert!(paged.contains("the page command: ") && paged.contains("sent"), "{paged}");
    assert_eq!(ran(), 1);
    home.run(&["undo"]).success();
    home.run(&["redo"]).success();
    assert_eq!(ran(), 1, "nobody is paged again by undo and redo");
}

#[test]
fn an_act_is_not_dated_in_the_past_unless_that_is_meant() {
    let home = Home::with_demo();
    let id = home.one("kind:major");
    for act in [vec!["claim", &id], vec!["undo"], vec!["switch", "release", "yes"], vec!["trash", &id]] {
        let refused = home.run(&[&["--as-of", AT][..], &act].concat()).code(2).stdout("");
        let said = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(said.contains(&format!("--as-of: `{}` would be dated 2013-11-21 14:41:00, not now", act[0])), "{said}");
        assert!(said.contains("leave --as-of out") && said.contains("--backdate"), "{said}");
    }
    assert_eq!(home.json(&["journal"])["acts"].as_array().map(Vec::len), Some(0), "nothing was told");
    home.run(&["--as-of", AT, "--backdate", "claim", &id]).success();
    assert_eq!(home.json(&["journal"])["acts"][0]["at"], AT);
}

/// A folder is named as it is called, as it is spelt on disk, or by its path; undo moves back.
#[test]
fn mail_is_moved_and_archived_by_command() {
    let home = vcs2vcs(&[("13:47:04", "process delays on sync4", "sync4"), ("14:07:04", "push", "sync5")]);
    home.then(&["archive", "0.sync4"]).code(2).stderr(predicates::str::contains("archive-folder"));
    let words = "mkdir -p -m 700";
    home.then(&["move", "--to", "Old/2013", "0.sync4"]).code(3).stderr(predicates::str::contains(words));
    for part in ["tmp", "new", "cur"] {
        std::fs::create_dir_all(home.maildir().join(".Old.2013").join(part)).unwrap();
    }
    let moved = || files(&home.maildir().join(".Old.2013/cur"));
    for name in ["Old/2013", "old/2013", ".Old.2013"] {
        assert_eq!(home.json(&["move", "--to", name, "0.sync4"])["messages"], 1, "{name}");
        let there = moved();
        assert!(matches!(there.as_slice(), [name] if name.ends_with(":2,") && !name.contains("0.sync4")), "{there:?}");
        home.then(&["undo"]).success();
        assert_eq!(moved(), [""; 0]);
        // A name is given anew in each folder (MR-2); the message is still found by the one that it had.
        assert_eq!(files(&home.maildir().join("cur")).len(), 2);
    }
}
