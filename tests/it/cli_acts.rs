//! What verdicts and acts look like from the command line: incidents, what a verdict says, what the operator tells.

use crate::home::{AT, Home, valid};
use serde_json::Value;

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
    let home = Home::with_demo();
    let worked = home.one("kind:autofix is:unknown");
    let message = &home.json(&["show", &worked])["message"];
    let verdict = &message["verdict"];
    let may = &verdict["may_become"][0];
    assert_eq!((&may["case"], &may["call"]), (&"autofix-failed".into(), &"page".into()));
    assert!(may["from"].is_string() && may["to"].is_string(), "{may}");
    let because = verdict["because"].as_array().unwrap();
    assert!(because.iter().any(|reason| reason["id"] == message["id"]));
    assert!(because.iter().any(|reason| reason["line"].is_u64()), "a reason names the line of the page: {because:?}");
    assert!(because.iter().any(|reason| reason["text"].as_str().unwrap().contains("no mail newer than")));
}
