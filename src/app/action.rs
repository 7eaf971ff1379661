//! Everything the operator can do, in one table. Keymap, help, palette, README and configuration are made from it.

/// Something the operator can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // Each has its line in ACTIONS.
pub enum Action {
    Down,
    Up,
    Top,
    Bottom,
    HalfDown,
    HalfUp,
    PageDown,
    PageUp,
    Open,
    Back,
    NextPane,
    PrevPane,
    ScrollDown,
    ScrollUp,
    NextNeeding,
    PrevNeeding,
    NextCategory,
    PrevCategory,
    WhatToDo,
    NextSection,
    PrevSection,
    StepBack,
    StepOn,
    MinuteBack,
    MinuteOn,
    HourBack,
    HourOn,
    TimeHere,
    Play,
    Now,
    GoCalled,
    Zoom,
    Headers,
    Attachments,
    Explain,
    Around,
    Ignored,
    Hidden,
    Incidents,
    Timeline,
    Utc,
    Needing,
    Problems,
    SortCall,
    SortTime,
    SortSender,
    SortCategory,
    SortReverse,
    Search,
    NextMatch,
    PrevMatch,
    Filter,
    Select,
    Range,
    SelectPattern,
    SelectAll,
    Mark,
    See,
    Unsee,
    Ignore,
    Done,
    Trash,
    Archive,
    Move,
    Note,
    Claim,
    Snooze,
    Reach,
    Answered,
    Resolve,
    Severity,
    Tick,
    Checklist,
    Switch,
    Expect,
    Synced,
    Undo,
    Redo,
    Repeat,
    Forward,
    Redirect,
    Reply,
    ReplyAll,
    SendQueued,
    CopyText,
    CopyId,
    CopySubject,
    CopyAddress,
    CopyLink,
    CopyRunbook,
    BugText,
    Links,
    Pager,
    Editor,
    Pipe,
    Palette,
    Help,
    Rescan,
    Redraw,
    Suspend,
    Quit,
    #[cfg(debug_assertions)]
    DebugPanic,
    #[cfg(debug_assertions)]
    DebugWorkerPanic,
}

/// A heading of the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Moving about.
    Move,
    /// What is shown.
    View,
    /// Finding.
    Find,
    /// Choosing several messages.
    Select,
    /// Dealing with mail.
    Act,
    /// What the operator knows and the mail does not say.
    Tell,
    /// Mail that leaves.
    Send,
    /// Taking text elsewhere.
    Copy,
    /// The program itself.
    Program,
    /// Only in builds for development; in no help.
    Debug,
}

impl Group {
    /// All groups that people see, in order.
    pub const ALL: [Group; 9] = [
        Group::Act,
        Group::Tell,
        Group::Move,
        Group::Send,
        Group::Select,
        Group::Find,
        Group::View,
        Group::Copy,
        Group::Program,
    ];

    /// The heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Move => "Move",
            Group::View => "View",
            Group::Find => "Find",
            Group::Select => "Select",
            Group::Act => "Deal with mail",
            Group::Tell => "Tell what you know",
            Group::Send => "Send",
            Group::Copy => "Copy and open",
            Group::Program => "Program",
            Group::Debug => "Debug",
        }
    }
}

/// When an action means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// There is a message under the cursor, or a selection.
    Message,
    /// The same, and something may be changed (not `--read-only`).
    Change,
    /// Something may be changed.
    Writable,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Info {
    /// The action.
    pub action: Action,
    /// Its name in the configuration and the palette.
    pub name: &'static str,
    /// Its keys in the preset `default`.
    pub keys: &'static [&'static str],
    /// The heading it stands under.
    pub group: Group,
    /// When it applies.
    pub when: When,
    /// One or two words for hints and the pop-up of half-typed keys.
    pub short: &'static str,
    /// What it does, one line.
    pub doc: &'static str,
}

const fn row(
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    group: Group,
    when: When,
    short: &'static str,
    doc: &'static str,
) -> Info {
    Info { action, name, keys, group, when, short, doc }
}

use Group as G;
use When as W;

/// Every action.
#[rustfmt::skip]
pub const ACTIONS: &[Info] = &[
    row(Action::Mark, "mark", &["mm", "mF"], G::Act, W::Change, "mark", "Set or remove the mark (Maildir flag F)"),
    row(Action::See, "see", &["ms"], G::Act, W::Change, "seen", "Set seen (flag S)"),
    row(Action::Unsee, "unsee", &["mu"], G::Act, W::Change, "unread", "Make it unread again"),
    row(Action::Ignore, "ignore", &["i"], G::Act, W::Change, "ignore", "Hide it, its incident or all like it, with a reason and an end; on an ignored one: show it again"),
    row(Action::Snooze, "snooze", &["s"], G::Act, W::Change, "snooze", "Put it off; it comes back by itself; on one that is put off: bring it back"),
    row(Action::Done, "done", &["e"], G::Act, W::Change, "done", "Dealt with (asks for what the page wants recorded first); on a done one: not after all"),
    row(Action::Claim, "claim", &["a"], G::Act, W::Change, "claim", "Take the incident on; on one that you have: give it back"),
    row(Action::Reach, "page", &["!"], G::Act, W::Change, "page, tell", "Page, contact, tell, escalate to or notify people: who, the text, what was said before"),
    row(Action::Trash, "trash", &["d"], G::Act, W::Change, "trash", "Set or remove the trash flag (T), or move to the trash folder where one is set; nothing is deleted"),
    row(Action::Archive, "archive", &["ga"], G::Act, W::Change, "archive", "Dealt with, and moved into the archive folder"),
    row(Action::Move, "move", &["M"], G::Act, W::Change, "move", "Move into another folder: its name in the Maildir, or its path"),
    row(Action::Note, "note", &["c"], G::Act, W::Change, "note", "Write a note for the next person"),
    row(Action::Undo, "undo", &["u"], G::Act, W::Writable, "undo", "Take back the last act, as often as you like"),
    row(Action::Redo, "redo", &["C-r"], G::Act, W::Writable, "redo", "Do the last undone act again"),
    row(Action::Repeat, "repeat", &["."], G::Act, W::Change, "repeat", "Do the last act with this message too"),

    row(Action::Tick, "tick", &["1", "2", "3", "4", "5", "6", "7", "8", "9"], G::Tell, W::Change, "tick a step", "Tick that step of the checklist, or take the tick away"),
    row(Action::Checklist, "checklist", &["0"], G::Tell, W::Message, "checklist", "The whole checklist, to tick any step"),
    row(Action::Answered, "answered", &["g!"], G::Tell, W::Change, "answered", "Record what somebody answered who was paged or told"),
    row(Action::Severity, "severity", &["S"], G::Tell, W::Change, "severity", "Judge how severe the incident is"),
    row(Action::Resolve, "resolve", &["X"], G::Tell, W::Change, "resolve", "The problem behind the incident ended: when"),
    row(Action::Switch, "switch", &["gR"], G::Tell, W::Writable, "release switch", "Set a switch, such as whether a release is being started: yes, no, unknown, and since when"),
    row(Action::Expect, "expect", &["gE"], G::Tell, W::Writable, "expected", "What is expected, from when to when; list and announce it"),
    row(Action::Synced, "synced", &["gy"], G::Tell, W::Writable, "synced now", "Say that the mailbox is complete up to now"),

    row(Action::Down, "down", &["j", "Down"], G::Move, W::Always, "down", "One down"),
    row(Action::Up, "up", &["k", "Up"], G::Move, W::Always, "up", "One up"),
    row(Action::Top, "top", &["gg", "Home"], G::Move, W::Always, "top", "To the top"),
    row(Action::Bottom, "bottom", &["G", "End"], G::Move, W::Always, "bottom", "To the bottom"),
    row(Action::HalfDown, "half-page-down", &["C-d"], G::Move, W::Always, "half page down", "Half a page down"),
    row(Action::HalfUp, "half-page-up", &["C-u"], G::Move, W::Always, "half page up", "Half a page up"),
    row(Action::PageDown, "page-down", &["PageDown"], G::Move, W::Always, "page down", "A page down"),
    row(Action::PageUp, "page-up", &["PageUp"], G::Move, W::Always, "page up", "A page up"),
    row(Action::Open, "open", &["Enter", "l", "Right"], G::Move, W::Always, "open", "Open: into the category, the incident, or read the message (sets seen)"),
    row(Action::Back, "back", &["q", "h", "Esc", "Left"], G::Move, W::Always, "back", "Back: close the incident, clear, leave; q at the top quits"),
    row(Action::NextNeeding, "next-needing", &["]"], G::Move, W::Always, "next that needs you", "Next message that needs you (page, act, decide)"),
    row(Action::PrevNeeding, "prev-needing", &["["], G::Move, W::Always, "previous that needs you", "Previous message that needs you"),
    row(Action::GoCalled, "go-called", &["gc"], G::Move, W::Always, "what called", "To the incident that called last"),
    row(Action::NextCategory, "next-category", &["}"], G::Move, W::Always, "next category", "Next category"),
    row(Action::PrevCategory, "prev-category", &["{"], G::Move, W::Always, "previous category", "Previous category"),
    row(Action::NextPane, "next-pane", &["Tab"], G::Move, W::Always, "next pane", "Next pane"),
    row(Action::PrevPane, "prev-pane", &["S-Tab"], G::Move, W::Always, "previous pane", "Previous pane"),
    row(Action::ScrollDown, "scroll-down", &["J"], G::Move, W::Always, "scroll message", "Scroll the message down from anywhere"),
    row(Action::ScrollUp, "scroll-up", &["K"], G::Move, W::Always, "scroll message up", "Scroll the message up from anywhere"),
    row(Action::WhatToDo, "what-to-do", &["w"], G::Move, W::Always, "what to do", "To the runbook at \"What to do\", and back"),
    row(Action::NextSection, "next-section", &[">"], G::Move, W::Always, "next section", "Next section of the runbook"),
    row(Action::PrevSection, "prev-section", &["<"], G::Move, W::Always, "previous section", "Previous section of the runbook"),

    row(Action::Forward, "forward", &["f"], G::Send, W::Change, "forward", "Forward: attached, inline or redirected; review, then send"),
    row(Action::Redirect, "redirect", &["b"], G::Send, W::Change, "redirect", "Redirect (bounce) the same message; review, then send"),
    row(Action::Reply, "reply", &["r"], G::Send, W::Change, "reply", "Reply in your editor; review, then send"),
    row(Action::ReplyAll, "reply-all", &["gr"], G::Send, W::Change, "reply to all", "Reply to all"),
    row(Action::SendQueued, "send-queued", &["gs"], G::Send, W::Writable, "send queued", "Try to send what waits in the outbox"),

    row(Action::Select, "select", &["Space"], G::Select, W::Message, "select", "Select and go to the next; acts then mean the selection"),
    row(Action::Range, "select-range", &["V"], G::Select, W::Message, "range", "Select a range: from here to the cursor"),
    row(Action::SelectPattern, "select-pattern", &["T"], G::Select, W::Always, "select by query", "Select all that a query finds"),
    row(Action::SelectAll, "select-all", &["C-a"], G::Select, W::Always, "select all", "Select all of the list, or nothing"),

    row(Action::Search, "search", &["/"], G::Find, W::Always, "search", "Search the list, or the message where that has the focus"),
    row(Action::NextMatch, "next-match", &["n"], G::Find, W::Always, "next match", "Next match"),
    row(Action::PrevMatch, "prev-match", &["N"], G::Find, W::Always, "previous match", "Previous match"),
    row(Action::Filter, "filter", &["\\"], G::Find, W::Always, "filter", "Show only what a query finds; empty shows all"),
    row(Action::Around, "around", &["@"], G::Find, W::Message, "same time", "What else arrived within 15 minutes, in all categories"),

    row(Action::Incidents, "incidents", &["gm"], G::View, W::Always, "incidents or messages", "Show incidents as one row each, or every message by itself"),
    row(Action::Needing, "show-needing", &["gn"], G::View, W::Always, "needs you", "List what needs you, in all categories"),
    row(Action::Timeline, "timeline", &["L"], G::View, W::Message, "timeline", "The timeline of the incident: mails, acts, verdicts, and what comes next"),
    row(Action::Headers, "headers", &["H"], G::View, W::Always, "headers", "Headers: short, full, raw message"),
    row(Action::Explain, "explain", &["E"], G::View, W::Message, "explain", "Why this category and this call"),
    row(Action::Attachments, "attachments", &["A"], G::View, W::Message, "attachments", "List the attachments and save one"),
    row(Action::Zoom, "zoom", &["z"], G::View, W::Always, "zoom", "Give the whole screen to this pane, and back"),
    row(Action::StepBack, "step-back", &["("], G::View, W::Always, "event before", "Through time: to the event before (mail, act, change of verdict)"),
    row(Action::StepOn, "step-on", &[")"], G::View, W::Always, "next event", "Through time: to the next event"),
    row(Action::MinuteBack, "minute-back", &["-"], G::View, W::Always, "a minute back", "Through time: a minute back"),
    row(Action::MinuteOn, "minute-on", &["+"], G::View, W::Always, "a minute on", "Through time: a minute on"),
    row(Action::HourBack, "hour-back", &["g("], G::View, W::Always, "an hour back", "Through time: an hour back"),
    row(Action::HourOn, "hour-on", &["g)"], G::View, W::Always, "an hour on", "Through time: an hour on"),
    row(Action::TimeHere, "time-here", &["gt"], G::View, W::Message, "when this came", "Through time: to the moment when this message came"),
    row(Action::Play, "play", &["gp"], G::View, W::Always, "play", "Let time run 60 times as fast, or stand still again"),
    row(Action::Now, "now", &["g0"], G::View, W::Always, "now", "Back from another time to the desk"),
    row(Action::SortCall, "sort-call", &[",c"], G::View, W::Always, "by call", "Sort by call, most urgent first"),
    row(Action::SortTime, "sort-time", &[",t"], G::View, W::Always, "by time", "Sort by delivery, newest first"),
    row(Action::SortSender, "sort-sender", &[",s"], G::View, W::Always, "by sender", "Sort by host or sender"),
    row(Action::SortCategory, "sort-category", &[",g"], G::View, W::Always, "by category", "Sort by category"),
    row(Action::SortReverse, "sort-reverse", &[",r"], G::View, W::Always, "reverse", "Reverse the order"),
    row(Action::Ignored, "show-ignored", &["gi"], G::View, W::Always, "ignored", "List all that is ignored: messages, incidents, filters; show it, or end it"),
    row(Action::Utc, "utc", &["gz"], G::View, W::Always, "UTC or local", "Show times in UTC, or in the local zone again"),
    row(Action::Hidden, "show-hidden", &["gh"], G::View, W::Always, "hidden too", "Show done, ignored and trashed mail too, or not"),
    row(Action::Problems, "show-problems", &["ge"], G::View, W::Always, "problems", "Folders and runbooks that could not be read"),

    row(Action::CopyText, "copy-text", &["yy"], G::Copy, W::Message, "text", "Copy the message as shown"),
    row(Action::CopyId, "copy-id", &["yi"], G::Copy, W::Message, "id", "Copy the id that the command line takes"),
    row(Action::CopySubject, "copy-subject", &["ys"], G::Copy, W::Message, "subject", "Copy the subject"),
    row(Action::CopyAddress, "copy-address", &["ya"], G::Copy, W::Message, "address", "Copy the sender's address"),
    row(Action::CopyLink, "copy-link", &["yl"], G::Copy, W::Message, "link", "Copy a link"),
    row(Action::CopyRunbook, "copy-runbook", &["yr"], G::Copy, W::Message, "runbook", "Copy what to do; where undocumented: the drafted runbook"),
    row(Action::BugText, "bug-text", &["yb"], G::Copy, W::Message, "text for a bug", "Copy a text for a bug, and confirm later that it is logged"),
    row(Action::Links, "links", &["o"], G::Copy, W::Message, "links", "List the links with their real targets; copy or open one"),
    row(Action::Pager, "pager", &["P"], G::Copy, W::Message, "pager", "Read the message in your pager"),
    row(Action::Editor, "editor", &["v"], G::Copy, W::Message, "editor", "View the raw message in your editor (a copy)"),
    row(Action::Pipe, "pipe", &["|"], G::Copy, W::Message, "pipe", "Pipe the raw message into a command (off until you allow it)"),

    row(Action::Help, "help", &["?", "F1"], G::Program, W::Always, "help", "Keys and actions; type to search"),
    row(Action::Palette, "palette", &[":", "C-p"], G::Program, W::Always, "commands", "Find an action by name"),
    row(Action::Rescan, "rescan", &["R"], G::Program, W::Always, "rescan", "Look for new mail now"),
    row(Action::Redraw, "redraw", &["C-l"], G::Program, W::Always, "redraw", "Draw the screen again"),
    row(Action::Suspend, "suspend", &["C-z"], G::Program, W::Always, "suspend", "Suspend; `fg` brings it back"),
    row(Action::Quit, "quit", &["Q", "C-c"], G::Program, W::Always, "quit", "Quit"),
    #[cfg(debug_assertions)]
    row(Action::DebugPanic, "debug-panic", &[], G::Debug, W::Always, "panic", "Panic in the owner of the terminal"),
    #[cfg(debug_assertions)]
    row(Action::DebugWorkerPanic, "debug-worker-panic", &[], G::Debug, W::Always, "worker panic", "Panic in a worker"),
];

impl Action {
    /// Its row of [`ACTIONS`].
    pub fn info(self) -> &'static Info {
        // Every action has its row (a test holds it); the first stands in for a row that does not exist.
        ACTIONS.iter().find(|info| info.action == self).unwrap_or(&FALLBACK)
    }

    /// The action of that name.
    pub fn from_name(name: &str) -> Option<Action> {
        ACTIONS.iter().find(|info| info.name == name).map(|info| info.action)
    }
}

const FALLBACK: Info = row(Action::Redraw, "redraw", &[], G::Program, W::Always, "redraw", "Draw the screen again");

/// The table of keys as Markdown, for the README.
pub fn markdown() -> String {
    let mut out = String::from("| Keys | Action | What it does |\n|---|---|---|\n");
    for group in Group::ALL {
        for info in ACTIONS.iter().filter(|info| info.group == group) {
            let keys: Vec<String> = info.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
            out.push_str(&format!("| {} | `{}` | {} |\n", keys.join(" "), info.name, info.doc.replace('|', "\\|")));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_row_is_found_by_its_action() {
        for info in ACTIONS {
            assert_eq!(ACTIONS.iter().filter(|other| other.name == info.name).count(), 1, "{}", info.name);
            assert_eq!(info.action.info().name, info.name);
            assert!(!info.doc.ends_with('.'), "{}", info.name);
        }
    }
}
