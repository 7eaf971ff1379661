//! Keys to actions: presets, the configuration laid over them, and sequences. Conflicts are refused, all at once.

use super::action::{ACTIONS, Action, Group, Info};
use super::key::{Key, parse_sequence, print_sequence};
use std::collections::BTreeMap;

/// Names of the presets.
pub const PRESETS: [&str; 4] = ["default", "mutt", "gmail", "emacs"];

/// What differs from the default in a preset: action name and keys.
type Changes = &'static [(&'static str, &'static [&'static str])];

/// For hands that know mutt.
const MUTT: Changes = &[
    ("top", &["=", "Home"]),
    ("bottom", &["*", "End"]),
    ("open", &["Enter", "Right"]),
    ("back", &["q", "x", "Esc", "Left"]),
    ("filter", &["l", "\\"]),
    ("headers", &["h", "H"]),
    ("mark", &["F", "mm"]),
    ("unsee", &["N", "mu"]),
    ("prev-match", &["A-n"]),
    ("select", &["t", "Space"]),
    ("done", &["s"]),
    ("snooze", &["Z"]),
    ("editor", &["e", "v"]),
];

/// For hands that know Gmail.
const GMAIL: Changes = &[
    ("open", &["Enter", "o", "l", "Right"]),
    ("links", &["go"]),
    ("trash", &["#"]),
    ("mark", &["s"]),
    ("see", &["I"]),
    ("unsee", &["U"]),
    ("ignore", &["m"]),
    ("select", &["x", "Space"]),
    ("undo", &["z"]),
    ("zoom", &["Z"]),
    ("back", &["u", "q", "h", "Esc", "Left"]),
    ("reply-all", &["a"]),
    ("claim", &["C"]),
    ("snooze", &["b"]),
    ("redirect", &["B"]),
];

/// For hands that know Emacs.
const EMACS: Changes = &[
    ("down", &["n", "C-n", "Down"]),
    ("up", &["p", "C-p", "Up"]),
    ("top", &["A-<", "Home"]),
    ("bottom", &["A->", "End"]),
    ("page-down", &["C-v", "PageDown"]),
    ("page-up", &["A-v", "PageUp"]),
    ("open", &["Enter", "Right"]),
    ("back", &["q", "C-g", "Esc", "Left"]),
    ("search", &["C-s", "/"]),
    ("next-match", &["A-n"]),
    ("prev-match", &["A-p"]),
    ("palette", &["A-x", ":"]),
    ("undo", &["C-/", "C-_", "u"]),
    ("redo", &["A-_", "C-r"]),
    ("quit", &["C-x C-c", "Q"]),
    ("select-all", &["C-x h"]),
];

/// Keys in force.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    bindings: Vec<(Vec<Key>, Action)>,
}

/// What keys typed so far mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// An action.
    Action(Action),
    /// The start of longer sequences.
    Prefix,
    /// Nothing.
    Nothing,
}

impl Keymap {
    /// Lays the configuration's keys (action name to keys) over a preset.
    ///
    /// # Errors
    /// Every unknown preset, action or key, and every conflict with the names of both actions.
    pub fn new(preset: &str, overrides: &BTreeMap<String, Vec<String>>) -> Result<Keymap, Vec<String>> {
        let mut wrong = Vec::new();
        let changes: Changes = match preset {
            "default" | "" => &[],
            "mutt" => MUTT,
            "gmail" => GMAIL,
            "emacs" => EMACS,
            other => {
                wrong.push(format!("no key preset is called `{other}`: there are {}", PRESETS.join(", ")));
                &[]
            }
        };
        for name in overrides.keys() {
            if Action::from_name(name).is_none() {
                wrong.push(format!("no action is called `{name}`{}", nearest(name)));
            }
        }
        let mut bindings: Vec<(Vec<Key>, Action)> = Vec::new();
        for info in ACTIONS {
            let keys: Vec<&str> = match (overrides.get(info.name), changes.iter().find(|(name, _)| *name == info.name))
            {
                (Some(own), _) => own.iter().map(String::as_str).collect(),
                (None, Some((_, keys))) => keys.to_vec(),
                (None, None) => info.keys.to_vec(),
            };
            if keys.is_empty() && matches!(info.action, Action::Help | Action::Quit | Action::Palette) {
                wrong.push(format!("`{}` has no key: give it one, or you could not find your way out", info.name));
            }
            for text in keys {
                match parse_sequence(text) {
                    Ok(keys) => bindings.push((keys, info.action)),
                    Err(message) => wrong.push(format!("key `{text}` of `{}`: {message}", info.name)),
                }
            }
        }
        wrong.extend(conflicts(&bindings));
        if wrong.is_empty() { Ok(Keymap { bindings }) } else { Err(wrong) }
    }

    /// What these keys mean.
    pub fn lookup(&self, typed: &[Key]) -> Lookup {
        let mut prefix = false;
        for (keys, action) in &self.bindings {
            if keys == typed {
                return Lookup::Action(*action);
            }
            prefix |= keys.len() > typed.len() && keys.starts_with(typed);
        }
        if prefix { Lookup::Prefix } else { Lookup::Nothing }
    }

    /// How half-typed keys can go on: the rest of the sequence, and the action.
    pub fn continuations(&self, typed: &[Key]) -> Vec<(String, &'static Info)> {
        self.bindings
            .iter()
            .filter(|(keys, _)| keys.len() > typed.len() && keys.starts_with(typed))
            .map(|(keys, action)| (print_sequence(keys.get(typed.len()..).unwrap_or_default()), action.info()))
            .collect()
    }

    /// The keys of an action, as people write them.
    pub fn keys_of(&self, action: Action) -> Vec<String> {
        self.bindings.iter().filter(|(_, a)| *a == action).map(|(keys, _)| print_sequence(keys)).collect()
    }

    /// The first key of an action, for hints; its name behind `:` where it has none.
    pub fn hint(&self, action: Action) -> String {
        self.keys_of(action).into_iter().next().unwrap_or_else(|| format!(":{}", action.info().name))
    }

    /// All actions under a heading with their keys, for help.
    pub fn help(&self) -> Vec<(Group, Vec<(String, &'static Info)>)> {
        Group::ALL
            .into_iter()
            .map(|group| {
                let rows = ACTIONS.iter().filter(|info| info.group == group);
                (group, rows.map(|info| (self.keys_of(info.action).join(" "), info)).collect())
            })
            .collect()
    }
}

/// Every pair of bindings of which one hides the other.
fn conflicts(bindings: &[(Vec<Key>, Action)]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (i, (keys, action)) in bindings.iter().enumerate() {
        for (other_keys, other) in bindings.iter().skip(i + 1) {
            if action == other && keys == other_keys {
                continue; // The same thing said twice harms nobody.
            }
            let (one, two) = (action.info().name, other.info().name);
            if keys == other_keys {
                let key = print_sequence(keys);
                wrong.push(format!("key `{key}` stands for both `{one}` and `{two}`: give one of them another key"));
            } else if keys.starts_with(other_keys) || other_keys.starts_with(keys) {
                let (a, b) = (print_sequence(keys), print_sequence(other_keys));
                wrong.push(format!(
                    "key `{a}` of `{one}` and key `{b}` of `{two}` begin alike, so the longer one could never be typed: change one"
                ));
            }
        }
    }
    wrong
}

/// ": did you mean …?" for a name that is nearly an action's.
fn nearest(name: &str) -> String {
    let best = ACTIONS
        .iter()
        .filter(|info| info.group != Group::Debug)
        .map(|info| (distance(name, info.name), info.name))
        .min_by_key(|(d, _)| *d);
    match best {
        Some((d, near)) if d <= name.chars().count() / 2 + 1 => format!(": did you mean `{near}`?"),
        _ => ": `?` in the program lists them all".into(),
    }
}

/// Edits (Levenshtein) between two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut line: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (j, y) in b.iter().enumerate() {
            let up = line.get(j + 1).copied().unwrap_or(0);
            let diagonal = line.get(j).copied().unwrap_or(0);
            left = (left + 1).min(up + 1).min(diagonal + usize::from(x != *y));
            next.push(left);
        }
        line = next;
    }
    line.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> Vec<Key> {
        parse_sequence(text).unwrap()
    }

    #[test]
    fn every_preset_is_free_of_conflicts() {
        for preset in PRESETS {
            if let Err(wrong) = Keymap::new(preset, &BTreeMap::new()) {
                panic!("{preset}: {wrong:#?}");
            }
        }
    }

    #[test]
    fn sequences_wait_for_their_end() {
        let map = Keymap::new("default", &BTreeMap::new()).unwrap();
        assert_eq!(map.lookup(&typed("g")), Lookup::Prefix);
        assert_eq!(map.lookup(&typed("gg")), Lookup::Action(Action::Top));
        assert_eq!(map.lookup(&typed("gx")), Lookup::Nothing);
        assert!(map.continuations(&typed("g")).iter().any(|(rest, info)| rest == "g" && info.name == "top"));
    }

    #[test]
    fn all_conflicts_are_named_with_both_sides() {
        let over = BTreeMap::from([
            ("done".to_string(), vec!["d".to_string()]),
            ("note".to_string(), vec!["g".to_string()]),
            ("foward".to_string(), vec!["F".to_string()]),
            ("quit".to_string(), vec![]),
        ]);
        let wrong = Keymap::new("default", &over).unwrap_err().join("\n");
        for part in ["`done` and `trash`", "`note`", "`top`", "did you mean `forward`?", "`quit` has no key"] {
            assert!(wrong.contains(part), "{part} is missing in:\n{wrong}");
        }
    }

    #[test]
    fn the_configuration_replaces_the_keys_of_an_action() {
        let over = BTreeMap::from([("done".to_string(), vec!["x".to_string()])]);
        let map = Keymap::new("default", &over).unwrap();
        assert_eq!(map.lookup(&typed("x")), Lookup::Action(Action::Done));
        assert_eq!(map.lookup(&typed("e")), Lookup::Nothing);
    }
}
