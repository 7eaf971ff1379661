//! A desk to test the screen at: the real `update` and `render`, a fixed clock, mail in memory, no terminal.
//!
//! What the world would do is done here as simply as can be: flags are set, acts are journalled in memory, a forward is
//! queued. [`Desk::hold`] keeps outcomes back, to see what the screen shows before the world has answered.

use dutybox::app::effect::{ActReport, Effect, Outcome};
use dutybox::app::key::parse_sequence;
use dutybox::app::keymap::Keymap;
use dutybox::app::model::{Model, Start, Tone};
use dutybox::app::{Event, update};
use dutybox::config::Config;
use dutybox::error::Severity;
use dutybox::mail::{FileName, Flags, Message, Time, parse};
use dutybox::runbook::labels::HostRules;
use dutybox::runbook::{Call, Runbooks};
use dutybox::triage::Row;
use dutybox::triage::classify::classify;
use dutybox::triage::query::deep::{Answers, Mail, Question};
use dutybox::triage::row::{Change, Folder, FolderId, MailKey, Place};
use dutybox::triage::told::{Act, ActId, Deed, Target};
use dutybox::ui::Screen;
use dutybox::ui::theme::{ROLES, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// 2013-11-21T22:41:00Z.
pub const NOW: Time = Time(1_385_073_660);

/// The shipped runbooks, read once.
static SHIPPED: OnceLock<Arc<Runbooks>> = OnceLock::new();

pub struct Desk {
    pub model: Model,
    screen: Screen,
    size: (u16, u16),
    pub mails: HashMap<MailKey, Vec<u8>>,
    /// Everything that was asked for, except reading and calling.
    pub asked: Vec<Effect>,
    /// How the operator was called: bell, title, command.
    pub called: Vec<Effect>,
    held: Option<Vec<Outcome>>,
    /// Whether the world fails at every act.
    pub broken: bool,
    acts: Vec<Act>,
}

/// Runbooks for pictures.
const BOOKS: [(&str, &str); 2] = [
    (
        "sync.md",
        "+++\nid = \"sync\"\ntitle = \"Repository sync\"\nmatch = { to = \"release+vcs2vcs@mozilla.com\" }\n\
         labels = { host = \"auto\" }\npeople = { page = [\"hal\"], contact = [\"kim\"] }\n\
         links = [{ bug = 829025, about = \"log of delays\" }, { lost = \"the docs\", line = 83 }]\n\
         gaps = [{ text = \"who answers at night\", line = 90 }]\n\
         kinds = [{ id = \"autofix\", subject = \"*AUTOFIX\" }, { id = \"major\", subject = \"*alert_major\" }, { id = \"delays\" }]\n\
         [[case]]\nid = \"stuck\"\nkind = \"autofix\"\nfollowed-by = { kind = \"delays\", within = \"5m\" }\n\
         verdict = { call = \"page\", verb = \"page\", headline = \"AUTOFIX failed on {host}: page hal\" }\n\
         [[case]]\nid = \"broken\"\nkind = \"major\"\n\
         verdict = { call = \"act\", headline = \"The repository of {host} is broken\", warn = \"it may spread\" }\n\
         steps = [\"Stop the sync on {host}\", { or = \"Ask kim\" }]\n+++\n\n\
         ## Why we get them\n\nThe sync says how it goes.\n\n## What to do when one is received\n\n\
         Look at the host first.\n\n- {stuck} Page **hal** with `/page hal`.\n- {broken} Stop the sync, then repair it.\n\
         - Write down what you did.\n",
    ),
    (
        "disks.md",
        "+++\nid = \"disks\"\ntitle = \"Failing disks\"\nmatch = { subject = \"SMART error\" }\ndefault = \"note\"\n+++\n\n\
         ## What to do when one is received\n\nOrder a disk.\n",
    ),
];

/// A mail of a machine.
pub fn mail(from: &str, to: &str, subject: &str, minutes_ago: i64, body: &str) -> Vec<u8> {
    let date = Time(NOW.0 - minutes_ago * 60).rfc5322(&jiff::tz::TimeZone::UTC);
    format!(
        "Received: from a.example by b.example; {date}\nFrom: {from}\nTo: {to}\nSubject: {subject}\nDate: {date}\n\
         Message-ID: <{minutes_ago}.{}@example.org>\n\n{body}\n",
        subject.len()
    )
    .into_bytes()
}

/// A mail among the samples.
pub fn sample(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mails").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A day's mail: a few categories, and one that no runbook knows.
pub fn day() -> Vec<Vec<u8>> {
    let vcs = "vcs2vcs@github-sync1.dmz.scl3.mozilla.com";
    vec![
        mail(vcs, "release+vcs2vcs@mozilla.com", "[vcs2vcs] AUTOFIX process delays", 34, "fixing stuck locks\n> ok"),
        mail(vcs, "release+vcs2vcs@mozilla.com", "[vcs2vcs] process delays on git.m.o", 33, "2 delayed"),
        mail(vcs, "release+vcs2vcs@mozilla.com", "[vcs2vcs] alert_major_errors alert (3 errors)", 95, "abort: corrupt"),
        mail(
            "root@disk7.example.org",
            "oncall@example.org",
            "SMART error (CurrentPendingSector) detected on host: disk7",
            12,
            "Device: /dev/sda, 8 Currently unreadable sectors\nSee http://wiki.example.org/disks for help",
        ),
        mail(
            "Grüße 日本語 <a@example.org>",
            "oncall@example.org",
            "=?utf-8?B?8J+RqOKAjfCfkanigI3wn5GnIOaXpeacrOiqnuOBruS7tuWQjSDwn4eq8J+HuiBlzIHigK5ldmls?=",
            61,
            "wide 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語 text 👨‍👩‍👧 and \x1b[31mred\x07",
        ),
        sample("release-runner.eml"),
        sample("sns-papertrail.eml"),
        sample("puppet-waiting.eml"),
    ]
}

impl Desk {
    /// A desk with a day's mail.
    pub fn new(w: u16, h: u16) -> Desk {
        Desk::with(w, h, Config { me: Some("ann".into()), ..Config::default() }, &day(), false)
    }

    /// The same, with a row for every message rather than for every incident.
    pub fn messages(w: u16, h: u16) -> Desk {
        let mut desk = Desk::new(w, h);
        desk.press("gm");
        desk.model.toast = None;
        desk
    }

    /// A desk with these mails.
    pub fn with(w: u16, h: u16, config: Config, mails: &[Vec<u8>], read_only: bool) -> Desk {
        let mut desk = Desk::empty(w, h, config, read_only);
        let rows: Vec<Row> = mails.iter().enumerate().map(|(i, bytes)| desk.deliver(i, bytes)).collect();
        desk.event(Event::Changes(vec![
            Change::Rows(rows),
            Change::Progress { done: mails.len(), of: mails.len() },
            Change::Complete,
        ]));
        desk
    }

    /// A desk with a day's mail and two small runbooks of its own, for pictures that no change of the shipped ones touches.
    pub fn pictured(w: u16, h: u16) -> Desk {
        let mut desk = Desk::empty(w, h, Config { me: Some("ann".into()), ..Config::default() }, false);
        let files = BOOKS.map(|(name, text)| (name.to_owned(), text.to_owned()));
        desk.event(Event::Books(Arc::new(Runbooks::only(&files))));
        desk.model.toast = None;
        let mails = &day()[..5];
        let rows = mails.iter().enumerate().map(|(i, bytes)| desk.deliver(i, bytes)).collect();
        desk.event(Event::Changes(vec![Change::Rows(rows), Change::Complete]));
        desk
    }

    /// A desk with these runbooks and no others, and these mails.
    pub fn booked(w: u16, h: u16, config: Config, books: &[(&str, &str)], mails: &[Vec<u8>]) -> Desk {
        let mut desk = Desk::empty(w, h, config, false);
        let files: Vec<_> = books.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let books = Runbooks::only(&files);
        assert!(books.diagnostics.iter().all(|found| found.severity != Severity::Error), "{:?}", books.diagnostics);
        desk.event(Event::Books(Arc::new(books)));
        desk.model.toast = None;
        let rows = mails.iter().enumerate().map(|(i, bytes)| desk.deliver(i, bytes)).collect();
        desk.event(Event::Changes(vec![Change::Rows(rows), Change::Complete]));
        desk
    }

    /// The same, of ann.
    pub fn with_books(w: u16, h: u16, books: &[(&str, &str)], mails: &[Vec<u8>]) -> Desk {
        Desk::booked(w, h, Config { me: Some("ann".into()), ..Config::default() }, books, mails)
    }

    /// Something that somebody else told: `about` are the subjects of its messages.
    pub fn told(&mut self, by: &str, deed: Deed, about: &[&str]) -> ActId {
        let target = |subject: &&str| {
            let row = self.model.inbox.rows().iter().find(|row| row.subject.starts_with(subject)).expect("the message");
            Target {
                folder: "/mail".into(),
                base: row.key.base.clone(),
                digest: row.digest,
                call: self.model.inbox.standing(&row.key).map(|standing| standing.call()),
                added: Flags::NONE,
                removed: Flags::NONE,
                failed: None,
            }
        };
        let targets = about.iter().map(target).collect();
        let id = ActId(self.acts.len() as i64 + 1);
        let act = Act { id, at: Time(NOW.0 - 600), by: by.into(), deed, targets };
        self.acts.push(act.clone());
        self.event(Event::Journal(vec![act]));
        id
    }

    /// The clock goes on to so many seconds after [`NOW`]; nothing else happens.
    pub fn tick(&mut self, seconds: i64) {
        self.model.fixed = false;
        self.model.inbox.set_as_of(None);
        self.event(Event::Tick(Time(NOW.0 + seconds)));
    }

    /// An act that another person did, as the journal tells it.
    pub fn tell(&mut self, deed: Deed, about: &[MailKey]) {
        let now: Vec<_> =
            about.iter().map(|key| (key.clone(), self.model.inbox.standing(key).map(|s| s.call()))).collect();
        let outcome = self.report(deed, &now);
        self.event(Event::Outcome(outcome));
        self.model.toast = None;
    }

    /// The key of the mail of that number.
    pub fn numbered(&self, number: usize) -> MailKey {
        let base = format!("{}.M{number}P1.host", NOW.0 - 3600);
        MailKey { folder: FolderId(0), base: base.as_bytes().into() }
    }

    /// A desk on which no mail has come yet.
    pub fn empty(w: u16, h: u16, config: Config, read_only: bool) -> Desk {
        let keymap = Keymap::new(&config.preset, &config.keys).unwrap();
        let model = Model::new(Start {
            config,
            books: Arc::clone(SHIPPED.get_or_init(|| Arc::new(Runbooks::shipped()))),
            hosts: HostRules::default(),
            keymap,
            now: NOW,
            fixed: true,
            zone: jiff::tz::TimeZone::UTC,
            title: "test".into(),
            read_only,
        });
        // Each role has its own colour, so that a cell tells its role.
        let theme = Theme::from_fn(|role| Style::new().fg(Color::Indexed(role as u8)));
        let mut desk = Desk {
            model,
            screen: Screen::new(theme),
            size: (w, h),
            mails: HashMap::new(),
            asked: Vec::new(),
            called: Vec::new(),
            held: None,
            broken: false,
            acts: Vec::new(),
        };
        let folder = |name: &str, path: &str| Folder {
            maildir: "/mail".into(),
            name: name.into(),
            path: path.into(),
            read_only: false,
        };
        desk.event(Event::Changes(vec![Change::Folders(vec![folder("", "/mail")])]));
        desk
    }

    /// The row of a mail that lies in the folder now.
    pub fn deliver(&mut self, number: usize, bytes: &[u8]) -> Row {
        let base = format!("{}.M{number}P1.host", NOW.0 - 3600);
        let key = MailKey { folder: FolderId(0), base: base.as_bytes().into() };
        let message = parse::message(bytes.to_vec());
        let class = classify(&self.model.inbox.books, &message, &self.model.hosts);
        self.mails.insert(key.clone(), bytes.to_vec());
        let name = FileName::new(format!("{base}:2,").into_bytes());
        Row::of(key, name, Place::Cur, bytes.len() as u64, NOW, number as u64, &message, class)
    }

    /// Keeps back what the world answers until [`Desk::release`].
    pub fn hold(&mut self) {
        self.held = Some(Vec::new());
    }

    /// Lets the world's answers through.
    pub fn release(&mut self) {
        for outcome in self.held.take().unwrap_or_default() {
            self.event(Event::Outcome(outcome));
        }
    }

    /// An event, and everything that comes of it.
    pub fn event(&mut self, event: Event) {
        let mut effects = update(&mut self.model, event);
        while !effects.is_empty() {
            let mut next = Vec::new();
            for effect in effects {
                if let Effect::Read(key) = &effect {
                    let outcome = match self.mails.get(key) {
                        Some(bytes) => Outcome::Read(key.clone(), Arc::new(message(bytes))),
                        None => Outcome::Unread(key.clone(), "gone".into()),
                    };
                    next.extend(update(&mut self.model, Event::Read(outcome)));
                    continue;
                }
                if let Effect::Seek { number, questions, among, .. } = &effect {
                    self.asked.push(effect.clone());
                    if let Some(answers) = self.answers(questions, among).filter(|_| self.held.is_none()) {
                        let event = Event::Found { number: *number, answers, done: among.len(), of: among.len() };
                        next.extend(update(&mut self.model, event));
                    }
                    continue;
                }
                if matches!(effect, Effect::Bell | Effect::Title(_) | Effect::Alert(_)) {
                    self.called.push(effect);
                    continue;
                }
                self.asked.push(effect.clone());
                let Some(outcome) = self.perform(effect) else { continue };
                match &mut self.held {
                    Some(held) => held.push(outcome),
                    None => next.extend(update(&mut self.model, Event::Outcome(outcome))),
                }
            }
            effects = next;
        }
        self.draw();
    }

    /// What mails answer; none where nothing is asked.
    pub fn answers(&self, questions: &[Question], among: &[Mail]) -> Option<Answers> {
        let says = |question: &Question| {
            let of = |mail: &&Mail| self.mails.get(&mail.key).is_some_and(|bytes| question.is_true_of(&message(bytes)));
            among.iter().filter(of).map(|mail| mail.key.clone()).collect()
        };
        let looked = among.iter().map(|mail| mail.key.clone()).collect();
        (!questions.is_empty()).then(|| Answers { true_of: questions.iter().map(says).collect(), looked })
    }

    /// Keys with blanks between them: `j j Enter mm`.
    pub fn press(&mut self, keys: &str) -> &mut Desk {
        for key in parse_sequence(keys).unwrap() {
            self.event(Event::Key(key));
        }
        self
    }

    /// Puts the cursor on the message whose subject begins so.
    pub fn go(&mut self, subject: &str) -> &mut Desk {
        let row = self.model.inbox.rows().iter().find(|row| row.subject.starts_with(subject));
        let key = row.unwrap_or_else(|| panic!("no {subject}")).key.clone();
        assert!(self.model.list.go_to(&key), "{subject} is not in the list");
        self.event(Event::Drawn(self.model.panes.clone()));
        self
    }

    /// Text, key by key.
    pub fn types(&mut self, text: &str) -> &mut Desk {
        for c in text.chars() {
            let name = if c == ' ' { "Space".to_owned() } else { c.to_string() };
            self.press(&name);
        }
        self
    }

    pub fn resize(&mut self, w: u16, h: u16) {
        self.size = (w, h);
        self.draw();
    }

    fn draw(&mut self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        let panes = self.screen.render(&self.model, &mut buffer);
        update(&mut self.model, Event::Drawn(panes));
        buffer
    }

    pub fn buffer(&mut self) -> Buffer {
        self.draw();
        self.draw()
    }

    /// The screen as text.
    pub fn screen(&mut self) -> String {
        let buffer = self.buffer();
        lines(&buffer, |cell| cell.symbol().to_owned())
    }

    /// One letter for the role of each cell; blanks are blank.
    pub fn ink(&mut self) -> String {
        let buffer = self.buffer();
        lines(&buffer, |cell| match (cell.symbol(), cell.fg) {
            (" ", _) => " ".into(),
            (_, Color::Indexed(role)) => ROLES[role as usize].2.to_string(),
            _ => " ".into(),
        })
    }

    pub fn toast(&self) -> String {
        self.model.toast.as_ref().map(|toast| toast.text.clone()).unwrap_or_default()
    }

    pub fn tone(&self) -> Tone {
        self.model.toast.as_ref().map(|toast| toast.tone).unwrap_or_default()
    }

    pub fn key(&self) -> MailKey {
        self.model.list.current().cloned().expect("a message under the cursor")
    }

    pub fn flags(&self, key: &MailKey) -> Flags {
        self.model.inbox.get(key).expect("the message is there").flags()
    }

    /// The deeds that were asked for, with how many messages each.
    pub fn deeds(&self) -> Vec<(Deed, usize)> {
        let deed = |effect: &Effect| match effect {
            Effect::Act(request) => Some((request.deed.clone(), request.about.len())),
            _ => None,
        };
        self.asked.iter().filter_map(deed).collect()
    }

    // ---- the world -------------------------------------------------------------------------------------------

    fn perform(&mut self, effect: Effect) -> Option<Outcome> {
        Some(match effect {
            Effect::Act(request) if self.broken => {
                Outcome::Failed(format!("{}: the disk is full", request.deed.word()))
            }
            Effect::Act(request) => self.report(request.deed, &request.about),
            Effect::Undo(id) => {
                let told = &self.model.inbox.told;
                let of = id.map_or_else(|| told.undoable(), |id| told.act(id)).cloned()?;
                self.turn(&of, Deed::Undo(of.id), true)
            }
            Effect::Redo => {
                let of = self.model.inbox.told.redoable().cloned()?;
                self.turn(&of, Deed::Redo(of.id), false)
            }
            Effect::PreviewForward(request) => Outcome::Preview {
                recipients: request.to.clone(),
                text: format!("To: {}\nSubject: Fwd: …\n\n{}", request.to.join(", "), request.note),
                warnings: vec!["it holds an unsubscribe link".into()],
                request,
            },
            Effect::Forward(request) => {
                let deed = Deed::Forward { how: "attach".into(), to: request.to, message_id: "m@x".into() };
                let Outcome::Acted(report) = self.report(deed, &[(request.key, None)]) else { return None };
                Outcome::Queued { report, state: "sent".into() }
            }
            Effect::KeepContact { nick, address } => Outcome::KeptContact(nick, address),
            Effect::Send => Outcome::Outbox { waiting: 0, message: "sent 1".into() },
            effect if dutybox::app::update::goes_to_the_world(&effect) => Outcome::Nothing,
            _ => return None,
        })
    }

    fn report(&mut self, deed: Deed, about: &[(MailKey, Option<Call>)]) -> Outcome {
        let (add, remove) = deed.flags();
        let (mut targets, mut renamed, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (key, call) in about {
            let Some(row) = self.model.inbox.get(key).filter(|_| self.mails.contains_key(key)) else {
                gone.push(key.clone());
                continue;
            };
            let (added, removed) = (add.without(row.flags()), remove.and(row.flags()));
            renamed.push((key.clone(), row.name.with_flags(added, removed).unwrap(), Place::Cur));
            targets.push(Target {
                folder: "/mail".into(),
                base: key.base.clone(),
                digest: row.digest,
                call: *call,
                added,
                removed,
                failed: None,
            });
        }
        self.done(deed, targets, renamed, gone)
    }

    fn turn(&mut self, of: &Act, deed: Deed, back: bool) -> Outcome {
        let mut renamed = Vec::new();
        for target in &of.targets {
            let key = MailKey { folder: FolderId(0), base: target.base.clone() };
            let row = self.model.inbox.get(&key).expect("it is there");
            let (add, remove) = if back { (target.removed, target.added) } else { (target.added, target.removed) };
            renamed.push((key, row.name.with_flags(add, remove).unwrap(), Place::Cur));
        }
        self.done(deed, of.targets.clone(), renamed, Vec::new())
    }

    fn done(
        &mut self,
        deed: Deed,
        targets: Vec<Target>,
        renamed: Vec<(MailKey, FileName, Place)>,
        gone: Vec<MailKey>,
    ) -> Outcome {
        let id = ActId(self.acts.len() as i64 + 1);
        let act = Act { id, at: NOW, by: "ann".into(), deed, targets };
        self.acts.push(act.clone());
        Outcome::Acted(ActReport { act, renamed, gone, failed: Vec::new() })
    }
}

fn message(bytes: &[u8]) -> Message {
    parse::message(bytes.to_vec())
}

fn lines(buffer: &Buffer, show: impl Fn(&ratatui::buffer::Cell) -> String) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut skip = 0;
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = dutybox::mail::text::width(cell.symbol()).saturating_sub(1);
            line.push_str(&show(cell));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
