//! Dialogs as plain data: forms with a few rows to fill in, and lists to pick from; and the keys in them. What they are
//! for, and what comes of them, is in [`super::tell`].

use super::key::{Code, Key};
use super::model::{Field, Tone};
use crate::runbook::case::Requirement;
use crate::triage::row::MailKey;
use crate::triage::texts::Task;
use crate::triage::told::ActId;

/// What a form is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Hide these.
    Ignore(Vec<MailKey>),
    /// Put these off.
    Snooze(Vec<MailKey>),
    /// Take these over from somebody.
    Claim(Vec<MailKey>),
    /// Record who was reached about these.
    Reach(Vec<MailKey>),
    /// Record an answer of somebody who was reached about these: by which of these acts.
    Answered(Vec<MailKey>, Vec<ActId>),
    /// Say when the problem behind these ended.
    Resolve(Vec<MailKey>),
    /// Judge how severe these are.
    Severity(Vec<MailKey>),
    /// Record what is asked for before these are done.
    Done(Vec<MailKey>, Vec<Requirement>),
    /// Set a switch.
    Switch,
    /// Announce something.
    Expect,
}

/// A row's name, which is also its label.
pub type Label = &'static str;

/// What stands in a row.
#[derive(Debug, Clone)]
pub enum Value {
    /// Any text.
    Text(Field),
    /// One of these; where there is a field, what is typed into it counts instead.
    Choice {
        /// The options, as shown.
        options: Vec<String>,
        /// Index of the chosen one.
        at: usize,
        /// What is typed.
        typed: Option<Field>,
    },
}

/// A row of a form.
#[derive(Debug, Clone)]
pub struct FormRow {
    /// What is asked for.
    pub label: Label,
    /// What stands in it.
    pub value: Value,
    /// What it means, beside it.
    pub note: String,
    /// Whether it plays no part now.
    pub hidden: bool,
}

/// A form.
#[derive(Debug, Clone)]
pub struct Form {
    /// What for.
    pub purpose: Purpose,
    /// Title, and what Enter does.
    pub title: String,
    /// Lines above the rows.
    pub about: Vec<(Tone, String)>,
    /// The rows.
    pub rows: Vec<FormRow>,
    /// The row that has the cursor.
    pub at: usize,
    /// Lines below the rows: history, warnings.
    pub below: Vec<(Tone, String)>,
    /// Why it cannot be done so.
    pub wrong: Option<String>,
}

/// What came of a key in a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// It is left.
    Cancel,
    /// It is to be done.
    Submit,
    /// It goes on.
    Stay,
}

impl Form {
    /// A form without rows.
    pub fn new(purpose: Purpose, title: impl Into<String>) -> Form {
        Form {
            purpose,
            title: title.into(),
            about: Vec::new(),
            rows: Vec::new(),
            at: 0,
            below: Vec::new(),
            wrong: None,
        }
    }

    /// Says something above the rows.
    #[must_use]
    pub fn about(mut self, tone: Tone, text: impl Into<String>) -> Form {
        self.about.push((tone, text.into()));
        self
    }

    /// Asks for a text.
    #[must_use]
    pub fn text(mut self, label: Label, text: impl Into<String>) -> Form {
        let value = Value::Text(Field::new(text));
        self.rows.push(FormRow { label, value, note: String::new(), hidden: false });
        self
    }

    /// Asks for one of these.
    #[must_use]
    pub fn choice(mut self, label: Label, options: Vec<String>, at: usize) -> Form {
        let value = Value::Choice { options, at, typed: None };
        self.rows.push(FormRow { label, value, note: String::new(), hidden: false });
        self
    }

    /// Asks for one of these, or any text.
    #[must_use]
    pub fn choice_or_text(mut self, label: Label, options: &[&str], at: usize) -> Form {
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let value = Value::Choice { options, at, typed: Some(Field::default()) };
        self.rows.push(FormRow { label, value, note: String::new(), hidden: false });
        self
    }

    /// What stands in a row; empty where there is no such row.
    pub fn value(&self, label: Label) -> &str {
        self.rows.iter().find(|row| row.label == label).map_or("", |row| row.value.text())
    }

    /// Index of the chosen option of a row.
    pub fn chosen(&self, label: Label) -> usize {
        match self.rows.iter().find(|row| row.label == label).map(|row| &row.value) {
            Some(Value::Choice { at, .. }) => *at,
            _ => 0,
        }
    }

    /// The row of that name.
    pub fn row(&mut self, label: Label) -> Option<&mut FormRow> {
        self.rows.iter_mut().find(|row| row.label == label)
    }

    /// Explains a row.
    pub fn note(&mut self, label: Label, note: impl Into<String>) {
        if let Some(row) = self.row(label) {
            row.note = note.into();
        }
    }

    /// The text field that has the cursor.
    pub fn field(&mut self) -> Option<&mut Field> {
        match self.rows.get_mut(self.at).map(|row| &mut row.value)? {
            Value::Text(field) => Some(field),
            Value::Choice { typed, .. } => typed.as_mut(),
        }
    }

    /// Takes a key.
    pub fn key(&mut self, key: Key) -> Pressed {
        self.wrong = None;
        match (key.code, key.ctrl) {
            (Code::Esc, _) => return Pressed::Cancel,
            (Code::Enter, _) => return Pressed::Submit,
            (Code::Tab, _) if key.shift => self.go(-1),
            (Code::Tab | Code::Down, _) | (Code::Char('n'), true) => self.go(1),
            (Code::Up, _) | (Code::Char('p'), true) => self.go(-1),
            _ => {
                if let Some(row) = self.rows.get_mut(self.at) {
                    row.value.key(key);
                }
            }
        }
        Pressed::Stay
    }

    /// Goes to another row, round the end.
    fn go(&mut self, by: isize) {
        let count = self.rows.len();
        for _ in 0..count {
            self.at = (self.at + count).saturating_add_signed(by) % count;
            if self.rows.get(self.at).is_some_and(|row| !row.hidden) {
                return;
            }
        }
    }
}

impl Value {
    /// What it is now.
    pub fn text(&self) -> &str {
        match self {
            Value::Text(field) => field.text(),
            Value::Choice { typed: Some(field), .. } if !field.text().trim().is_empty() => field.text(),
            Value::Choice { options, at, .. } => options.get(*at).map_or("", String::as_str),
        }
    }

    fn key(&mut self, key: Key) {
        match self {
            Value::Text(field) => {
                field.key(key);
            }
            Value::Choice { options, at, typed } => {
                let last = options.len().saturating_sub(1);
                if let Some(field) = typed
                    && (!field.text().is_empty() || key.text().is_some_and(|c| c != ' '))
                {
                    field.key(key);
                    return;
                }
                match key.code {
                    Code::Right | Code::Char(' ') => *at = if *at >= last { 0 } else { *at + 1 },
                    Code::Left => *at = if *at == 0 { last } else { *at - 1 },
                    Code::Char(c) => {
                        // The next one that begins so, round the end.
                        let order = (1..=options.len()).map(|step| (*at + step) % options.len());
                        let begins = |i: &usize| options.get(*i).is_some_and(|option| option.starts_with(c));
                        *at = order.into_iter().find(begins).unwrap_or(*at);
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What a list to pick from holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// Everything that is ignored.
    Ignored,
    /// Steps of the checklist.
    Steps,
    /// Texts for bugs, and those whose log is pending.
    Bugs,
    /// What is expected.
    Expected,
}

/// What can be picked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// An ignore that stands, with messages that it hides.
    Ignore(ActId, Vec<MailKey>),
    /// A step, and whether it is ticked.
    Step(Task, bool),
    /// A text for a bug; `None`: a new bug.
    Bug(Option<u32>, String),
    /// A text that was copied and is not said to be logged yet.
    Pending(ActId),
    /// An expectation that stands.
    Expectation(ActId),
    /// Another one.
    New,
}

/// A row of a list to pick from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PickRow {
    /// What it is.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// More about it, shown below the list while it is the chosen one.
    pub detail: Vec<String>,
    /// What it stands for.
    pub item: Item,
}

/// A list to pick from.
#[derive(Debug, Clone)]
pub struct Pick {
    /// What of.
    pub of: List,
    /// Title, with its keys.
    pub title: String,
    /// The messages that it is about.
    pub keys: Vec<MailKey>,
    /// The rows.
    pub rows: Vec<PickRow>,
    /// Index of the chosen one.
    pub cursor: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::parse_sequence;

    fn press(form: &mut Form, keys: &str) {
        for key in parse_sequence(keys).unwrap() {
            form.key(key);
        }
    }

    #[test]
    fn what_is_typed_counts_before_what_is_chosen() {
        let mut form = Form::new(Purpose::Switch, "t").choice_or_text("until", &["1h", "4h"], 0);
        press(&mut form, "Right");
        assert_eq!(form.value("until"), "4h");
        press(&mut form, "Right");
        assert_eq!(form.value("until"), "1h", "round the end");
        press(&mut form, "9 0 m");
        assert_eq!(form.value("until"), "90m");
        press(&mut form, "Backspace Backspace Backspace Left");
        assert_eq!(form.value("until"), "4h");
    }

    #[test]
    fn a_hidden_row_is_passed_over() {
        let mut form = Form::new(Purpose::Switch, "t").text("a", "").text("b", "").text("c", "");
        form.row("b").unwrap().hidden = true;
        press(&mut form, "Tab x");
        assert_eq!((form.value("b"), form.value("c")), ("", "x"));
        press(&mut form, "Tab y");
        assert_eq!(form.value("a"), "y");
        press(&mut form, "S-Tab z");
        assert_eq!(form.value("c"), "xz");
    }

    #[test]
    fn a_letter_goes_to_the_next_option_that_begins_so() {
        let options = ["page", "act", "pass"].map(String::from).to_vec();
        let mut form = Form::new(Purpose::Switch, "t").choice("how", options, 0);
        press(&mut form, "a");
        assert_eq!(form.value("how"), "act");
        press(&mut form, "p");
        assert_eq!(form.value("how"), "pass");
        press(&mut form, "p x");
        assert_eq!(form.value("how"), "page");
    }
}
