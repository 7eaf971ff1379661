//! Roles, not colours: what a text is, and how each theme shows it. No state is told by colour alone.

use crate::runbook::Call;
use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident $name:literal $ink:literal,)*) => {
        /// What a text on the screen is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        /// Every role, its name in the configuration, and its letter in ink maps.
        pub const ROLES: &[(Role, &str, char)] = &[$((Role::$role, $name, $ink),)*];
    };
}

roles! {
    /// Plain text.
    #[default]
    Text "text" '.',
    /// Of less weight.
    Muted "muted" 'm',
    /// Lines between panes.
    Border "border" 'b',
    /// Title of a pane.
    Title "title" 't',
    /// Title of the pane that has the focus.
    Focus "focus" 'T',
    /// The line of the cursor in the pane that has the focus.
    Cursor "cursor" 'C',
    /// The line of the cursor in another pane.
    Rest "rest" 'r',
    /// A selected line.
    Selected "selected" 'S',
    /// An unseen message.
    Unseen "unseen" 'u',
    /// Call: page.
    Page "page" 'P',
    /// Call: act.
    Act "act" 'A',
    /// Call: decide.
    Decide "decide" 'D',
    /// Call: wait.
    Wait "wait" 'W',
    /// Call: note.
    Note "note" 'N',
    /// Call: ignore.
    Ignore "ignore" 'I',
    /// It went well; it applies.
    Good "good" 'g',
    /// A person should know.
    Warning "warning" 'w',
    /// It failed.
    Error "error" 'e',
    /// A key.
    Key "key" 'k',
    /// A link.
    Link "link" 'l',
    /// A quoted line.
    Quote "quote" 'q',
    /// Literal text: commands, code.
    Code "code" 'c',
    /// The name of a header or label.
    Name "name" 'n',
    /// Emphasis.
    Strong "strong" 's',
    /// What a search found.
    Match "match" 'M',
    /// The status line.
    Status "status" 'z',
}

impl Role {
    /// The role of a call.
    pub fn of_call(call: Call) -> Role {
        match call {
            Call::Page => Role::Page,
            Call::Act => Role::Act,
            Call::Decide => Role::Decide,
            Call::Wait => Role::Wait,
            Call::Note => Role::Note,
            Call::Ignore => Role::Ignore,
        }
    }
}

/// How roles look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    styles: Vec<Style>,
}

impl Theme {
    /// A theme by a rule for each role.
    pub fn from_fn(style: impl Fn(Role) -> Style) -> Theme {
        Theme { styles: ROLES.iter().map(|(role, ..)| style(*role)).collect() }
    }

    /// The theme of that name (`auto`, `dark`, `light`, `mono`) with the configuration's colours laid over it.
    ///
    /// `no_color` (the variable NO_COLOR is set and not empty) makes every theme `mono`.
    ///
    /// # Errors
    /// Every unknown theme, role and colour, in words.
    pub fn new(name: &str, colors: &BTreeMap<String, String>, no_color: bool) -> Result<Theme, Vec<String>> {
        let mut wrong = Vec::new();
        let base = match name {
            _ if no_color => Theme::from_fn(mono),
            "mono" => Theme::from_fn(mono),
            "auto" | "" => Theme::from_fn(auto),
            "dark" => Theme::from_fn(dark),
            "light" => Theme::from_fn(light),
            other => {
                wrong.push(format!("no theme is called `{other}`: there are auto, dark, light, mono"));
                Theme::from_fn(auto)
            }
        };
        let mut theme = base;
        for (role, color) in colors {
            let found = ROLES.iter().position(|(_, name, _)| name == role);
            match (found, color.parse::<Color>()) {
                (None, _) => {
                    let all: Vec<&str> = ROLES.iter().map(|(_, name, _)| *name).collect();
                    wrong.push(format!("no role is called `{role}`: there are {}", all.join(", ")));
                }
                (_, Err(_)) => {
                    wrong.push(format!(
                        "no colour is called `{color}`: write a name (red), a number (0 to 255) or #rrggbb"
                    ));
                }
                (Some(index), Ok(color)) if !no_color && name != "mono" => {
                    if let Some(style) = theme.styles.get_mut(index) {
                        *style = style.fg(color);
                    }
                }
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(theme) } else { Err(wrong) }
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

/// Without any colour: weight, underline and reverse only.
fn mono(role: Role) -> Style {
    let style = Style::new();
    match role {
        Role::Cursor | Role::Page | Role::Match => style.add_modifier(Modifier::REVERSED | Modifier::BOLD),
        Role::Status => style.add_modifier(Modifier::REVERSED),
        Role::Focus => style.add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
        Role::Title | Role::Unseen | Role::Act | Role::Strong | Role::Error | Role::Good | Role::Rest | Role::Key => {
            style.add_modifier(Modifier::BOLD)
        }
        Role::Link | Role::Warning => style.add_modifier(Modifier::UNDERLINED),
        Role::Muted | Role::Ignore | Role::Border | Role::Quote => style.add_modifier(Modifier::DIM),
        _ => style,
    }
}

/// The terminal's own 16 colours on its own background: readable on dark and on light.
fn auto(role: Role) -> Style {
    let (style, bold) = (Style::new(), Modifier::BOLD);
    match role {
        Role::Text | Role::Wait => style,
        Role::Muted | Role::Border | Role::Ignore => style.fg(Color::DarkGray),
        Role::Title => style.add_modifier(bold),
        Role::Focus => style.fg(Color::Cyan).add_modifier(bold),
        Role::Cursor => style.add_modifier(Modifier::REVERSED),
        Role::Rest | Role::Unseen | Role::Strong => style.add_modifier(bold),
        Role::Selected => style.fg(Color::Cyan).add_modifier(bold),
        Role::Page => style.fg(Color::Red).add_modifier(bold | Modifier::REVERSED),
        Role::Act => style.fg(Color::Red).add_modifier(bold),
        Role::Decide => style.fg(Color::Magenta).add_modifier(bold),
        Role::Note | Role::Good => style.fg(Color::Green),
        Role::Warning => style.fg(Color::Yellow),
        Role::Error => style.fg(Color::Red).add_modifier(bold),
        Role::Key | Role::Name | Role::Code => style.fg(Color::Cyan),
        Role::Link => style.fg(Color::Cyan).add_modifier(Modifier::UNDERLINED),
        Role::Quote => style.fg(Color::DarkGray),
        Role::Match => style.fg(Color::Yellow).add_modifier(Modifier::REVERSED),
        Role::Status => style.add_modifier(Modifier::REVERSED),
    }
}

/// 256 colours for a dark background.
fn dark(role: Role) -> Style {
    let (style, bold) = (Style::new(), Modifier::BOLD);
    let color = Color::Indexed;
    match role {
        Role::Cursor => style.bg(color(238)),
        Role::Rest => style.bg(color(235)),
        Role::Muted | Role::Quote => style.fg(color(245)),
        Role::Border | Role::Ignore => style.fg(color(240)),
        Role::Focus => style.fg(color(117)).add_modifier(bold),
        Role::Selected => style.fg(color(159)).add_modifier(bold),
        Role::Page => style.fg(color(231)).bg(color(160)).add_modifier(bold),
        Role::Act => style.fg(color(209)).add_modifier(bold),
        Role::Decide => style.fg(color(177)).add_modifier(bold),
        Role::Wait => style.fg(color(180)),
        Role::Note | Role::Good => style.fg(color(114)),
        Role::Warning => style.fg(color(221)),
        Role::Error => style.fg(color(203)).add_modifier(bold),
        Role::Key | Role::Name => style.fg(color(110)),
        Role::Code => style.fg(color(152)),
        Role::Link => style.fg(color(117)).add_modifier(Modifier::UNDERLINED),
        Role::Match => style.fg(color(16)).bg(color(221)),
        Role::Status => style.fg(color(252)).bg(color(236)),
        _ => auto(role),
    }
}

/// 256 colours for a light background.
fn light(role: Role) -> Style {
    let (style, bold) = (Style::new(), Modifier::BOLD);
    let color = Color::Indexed;
    match role {
        Role::Cursor => style.bg(color(252)),
        Role::Rest => style.bg(color(255)),
        Role::Muted | Role::Quote => style.fg(color(241)),
        Role::Border | Role::Ignore => style.fg(color(247)),
        Role::Focus => style.fg(color(25)).add_modifier(bold),
        Role::Selected => style.fg(color(24)).add_modifier(bold),
        Role::Page => style.fg(color(231)).bg(color(160)).add_modifier(bold),
        Role::Act => style.fg(color(130)).add_modifier(bold),
        Role::Decide => style.fg(color(90)).add_modifier(bold),
        Role::Wait => style.fg(color(94)),
        Role::Note | Role::Good => style.fg(color(28)),
        Role::Warning => style.fg(color(130)),
        Role::Error => style.fg(color(124)).add_modifier(bold),
        Role::Key | Role::Name | Role::Code => style.fg(color(24)),
        Role::Link => style.fg(color(25)).add_modifier(Modifier::UNDERLINED),
        Role::Match => style.fg(color(16)).bg(color(221)),
        Role::Status => style.fg(color(236)).bg(color(253)),
        _ => auto(role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_uses_no_colour_and_calls_differ_by_their_words_anyway() {
        let theme = Theme::new("dark", &BTreeMap::new(), true).unwrap();
        for (role, name, _) in ROLES {
            let style = theme.style(*role);
            assert!(style.fg.is_none() && style.bg.is_none(), "{name}");
        }
    }

    #[test]
    fn wrong_themes_roles_and_colours_are_named_together() {
        let colors = BTreeMap::from([("pgae".into(), "red".into()), ("page".into(), "rot".into())]);
        let wrong = Theme::new("blue", &colors, false).unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
    }
}
