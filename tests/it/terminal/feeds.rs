//! What the screen hears beside mail and keys while it is open: what is kept of mail once seen, the stamp file, the sent
//! folder.

use super::*;
use dutybox::io::seen::clock;
use dutybox::mail::Time;

/// A home with an empty Maildir.
fn empty(config: &str) -> Home {
    let home = Home::new(config);
    for name in ["new/1385042400.M1P1.host", "new/1385042100.M2P1.host", "cur/1385041800.M3P1.host:2,S"] {
        std::fs::remove_file(home.maildir().join(name)).unwrap();
    }
    home
}

/// A mail of so many seconds ago; headers beside the usual ones.
fn mail(home: &Home, name: &str, from: &str, to: &str, subject: &str, ago: i64, headers: &str) {
    let date = Time(clock().0 - ago).rfc5322(&jiff::tz::TimeZone::UTC);
    let id = name.rsplit('/').next().unwrap();
    let head = format!("From: {from}\nTo: {to}\nSubject: {subject}\nDate: {date}\nMessage-ID: <{id}@x>\n{headers}");
    home.write(name, &format!("{head}\nText.\n"));
}

fn conversion(home: &Home, name: &str, subject: &str, ago: i64) {
    let (from, to) = ("vcs2vcs@github-sync1.dmz.example.org", "release+vcs2vcs@mozilla.com");
    mail(home, &format!("Maildir/new/{name}"), from, to, subject, ago, "");
}

fn quit(mut term: Term) {
    term.send("Q");
    term.ended_clean();
}

#[test]
fn r7_what_one_session_saw_counts_in_the_next() {
    let home = empty("");
    conversion(&home, "1.autofix", "[vcs2vcs] AUTOFIX process delays", 3600);
    conversion(&home, "2.followup", "[vcs2vcs] process delays", 3562);
    let term = home.start(220, 40);
    term.wait_text("AUTOFIX failed on github-sync1");
    // Mail that comes while it is open is kept too.
    conversion(&home, "3.later", "[vcs2vcs] Successful conversion", 60);
    let kept = || {
        let db = rusqlite::Connection::open(home.path("state/dutybox/state.db")).ok()?;
        db.query_row("SELECT count(*) FROM seen", [], |row| row.get::<_, i64>(0)).ok()
    };
    wait_for("all three to be kept", || kept() == Some(3));
    std::fs::remove_file(home.maildir().join("new/2.followup")).unwrap();
    quit(term);
    let mut term = home.start(220, 40);
    term.wait_text("×2 [vcs2vcs] AUTOFIX");
    term.send("gg");
    term.wait_text("AUTOFIX failed on github-sync1");
    term.wait_text("1 of them deleted elsewhere");
    quit(term);
}

#[test]
fn r11_a_stamp_that_is_touched_is_seen_at_once() {
    let home = empty("stamp = \"../../stamp\"");
    conversion(&home, "1.autofix", "[vcs2vcs] AUTOFIX process delays", 3600);
    let term = home.start(220, 40);
    term.wait_text("cannot tell whether AUTOFIX worked");
    home.write("stamp", "");
    term.wait_text("AUTOFIX worked on github-sync1");
    quit(term);
}

#[test]
fn r24_a_reply_that_appears_in_the_sent_folder_claims() {
    let config = "[sending]\nsent-folder = \"../../Sent\"\n[freshness.\"../../Sent\"]\nfresh = \"clock\"";
    let home = empty(config);
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(home.path("Sent").join(part)).unwrap();
    }
    mail(&home, "Sent/cur/1.old:2,S", "ann@example.org", "x@example.org", "lunch", 90_000, "");
    let to = "release+appleagent@mozilla.com";
    mail(&home, "Maildir/new/2.code", "noreply@apple.com", to, "Your verification code", 7200, "");
    let term = home.start(220, 40);
    term.wait_text("Nobody has claimed it");
    let reply = "In-Reply-To: <2.code@x>\n";
    mail(&home, "Sent/cur/3.reply:2,S", "ann@example.org", to, "Re: Your verification code", 5, reply);
    term.wait("a claim", |screen| !screen.contents().contains("Nobody has claimed it"));
    quit(term);
}
