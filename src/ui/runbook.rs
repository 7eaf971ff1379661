//! What to do: the verdict, the steps that apply first, people, links, what the page leaves out; then the other sections.

use super::canvas::{Canvas, Line, Span, flow, line, span};
use super::list::{call_word, title_spans};
use super::theme::Role;
use crate::app::panes::{Area, Focus};
use crate::app::{Action, Model, texts};
use crate::runbook::file::{Block, Inline, RunbookLink, Section};
use crate::runbook::{Case, Runbook, SectionName};
use crate::triage::Verdict;
use crate::triage::correlate::fill;
use crate::triage::row::Row;
use crate::triage::texts::checklist;

/// The runbook pane for the message under the cursor.
pub(super) struct Document<'m> {
    model: &'m Model,
    row: Option<&'m Row>,
    book: Option<&'m Runbook>,
    verdict: Option<Verdict>,
}

impl<'m> Document<'m> {
    pub(super) fn of(model: &'m Model) -> Document<'m> {
        Document { model, row: model.row(), book: model.book(), verdict: model.verdict() }
    }

    /// Rows that the banner takes at that width.
    pub(super) fn banner_rows(&self, columns: u16) -> u16 {
        u16::try_from(self.banner(columns).len()).unwrap_or(u16::MAX).max(1)
    }

    /// Rows that the pane could use at that width.
    pub(super) fn rows(&self, columns: u16) -> usize {
        self.lay_out(columns.saturating_sub(2)).0.len()
    }

    /// The verdict, first the call in letters, then what it rests on.
    fn banner(&self, columns: u16) -> Vec<Line> {
        let Some(verdict) = &self.verdict else { return Vec::new() };
        let role = Role::of_call(verdict.call);
        let word = span(format!("[{}]", call_word(verdict.call)), role);
        let mut pieces = Vec::new();
        if let Some(words) = doubt(verdict) {
            pieces.push(span(words, Role::Warning));
        }
        pieces.push(span(verdict.headline.clone(), Role::Strong));
        let mut lines = flow(&pieces, columns, &[span(" ", Role::Text), word, span(" ", Role::Text)], "   ");
        lines.truncate(2);
        for open in verdict.may_become.iter().take(2) {
            let words = format!("may become {}: {}", call_word(open.call), open.on);
            lines.push(vec![span("   ", Role::Text), span(words, Role::Warning)]);
        }
        lines
    }

    /// Draws the verdict in a line or a few.
    pub(super) fn banner_into(&self, canvas: &mut Canvas<'_>, area: Area) {
        let lines = self.banner(area.w);
        if area.h == 1
            && let Some(verdict) = &self.verdict
        {
            // One line: the ellipsis tells that there is more, which the pane below says in full.
            let role = Role::of_call(verdict.call);
            let word = format!("[{}]", call_word(verdict.call));
            let mut x = 1 + canvas.put(area.x + 1, area.y, area.w.saturating_sub(1), &word, role) + 1;
            if let Some(words) = doubt(verdict) {
                x += canvas.put(area.x + x, area.y, area.w.saturating_sub(x), words, Role::Warning);
            }
            canvas.fit(area.x + x, area.y, area.w.saturating_sub(x), &verdict.headline, Role::Strong);
            return;
        }
        canvas.lines(area, lines.iter());
    }

    fn lay_out(&self, columns: u16) -> (Vec<Line>, Vec<usize>) {
        let mut lines: Vec<Line> = Vec::new();
        let mut sections = vec![0];
        let Some(row) = self.row else { return (lines, sections) };
        let Some(book) = self.book else {
            self.undocumented(row, columns, &mut lines);
            return (lines, sections);
        };
        self.what_to_do(book, row, columns, &mut lines);
        self.people(book, columns, &mut lines);
        links(book, columns, &mut lines);
        gaps(book, columns, &mut lines);
        let why = self.verdict.as_ref().map(|verdict| verdict.words()).unwrap_or_default();
        if !why.is_empty() {
            lines.extend(flow(&[span(why, Role::Muted)], columns, &[span("why: ", Role::Muted)], "  "));
        }
        for section in book.sections.iter().filter(|section| section.name != SectionName::WhatToDo) {
            lines.push(Line::new());
            sections.push(lines.len());
            lines.push(line(section.heading.clone(), Role::Title));
            for block in &section.blocks {
                lines.extend(laid_block(block, columns, None));
            }
        }
        if !book.page_patterns.is_empty() {
            lines.push(Line::new());
            for (lead, words) in
                [("the page filters on: ", book.page_patterns.join(" · ")), ("here: ", book.matches.words())]
            {
                lines.extend(flow(&[span(words, Role::Muted)], columns, &[span(lead, Role::Muted)], "  "));
            }
        }
        if let Some(why) = &self.model.forgets {
            lines.push(Line::new());
            lines.extend(flow(&[span(why.clone(), Role::Warning)], columns, &[], "  "));
        }
        if let Some(source) = &book.source {
            lines.push(Line::new());
            let words = format!("from {}, lines {}", source.page, source.lines);
            lines.extend(flow(&[span(words, Role::Muted)], columns, &[], "  "));
        }
        (lines, sections)
    }

    /// The steps: those of cases that apply to this message first, marked; then those for every case; then the rest.
    fn what_to_do(&self, book: &Runbook, row: &Row, columns: u16, lines: &mut Vec<Line>) {
        let Some(section) = book.section(SectionName::WhatToDo) else {
            lines.push(line("The runbook does not say what to do.", Role::Warning));
            return;
        };
        let branches = self.verdict.as_ref().map(Verdict::branches).unwrap_or_default();
        let rank = |block: &Block| -> Rank {
            let Block::Item { cases, .. } = block else { return Rank::Always };
            if cases.is_empty() {
                return Rank::Always;
            }
            match branches.iter().position(|(id, _)| cases.iter().any(|case| case == id)) {
                Some(index) => Rank::Branch(index, branches.get(index).is_some_and(|(_, sure)| *sure)),
                None => Rank::Elsewhere,
            }
        };
        let mut blocks: Vec<(Rank, &Block)> = ranked(section, rank);
        blocks.sort_by_key(|(rank, _)| *rank);
        let mut blocks = blocks.into_iter().peekable();
        for (index, (id, _)) in branches.iter().enumerate() {
            while let Some((rank, block)) =
                blocks.next_if(|(rank, _)| matches!(rank, Rank::Branch(i, _) if *i == index))
            {
                lines.extend(laid_block(block, columns, Some(rank)));
            }
            lines.extend(book.case(id).map(|case| steps(case, row, columns)).unwrap_or_default());
        }
        let mut elsewhere = false;
        for (rank, block) in blocks {
            if rank == Rank::Elsewhere && !elsewhere {
                lines.push(line("In other cases:", Role::Muted));
                elsewhere = true;
            }
            lines.extend(laid_block(block, columns, Some(rank)));
        }
        if let Some(why) = &book.never_ignore {
            let words = format!("must not be ignored for good: {why}");
            lines.extend(flow(&[span(words, Role::Warning)], columns, &[span("! ", Role::Warning)], "  "));
        }
    }

    fn people(&self, book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
        for (verb, who) in &book.people {
            let shown: Vec<String> = who
                .iter()
                .map(|nick| match self.model.config.resolve(nick) {
                    Some(addresses) if !addresses.is_empty() && addresses != [nick.clone()] => {
                        format!("{nick} <{}>", addresses.join(", "))
                    }
                    _ => nick.clone(),
                })
                .collect();
            let lead = span(format!("{}: ", verb.word()), Role::Name);
            lines.extend(flow(&[span(shown.join(", "), Role::Strong)], columns, &[lead], "  "));
        }
    }

    /// The first five minutes: nothing is documented, so say how to change that, with a draft out of this mail.
    fn undocumented(&self, row: &Row, columns: u16, lines: &mut Vec<Line>) {
        let copy = self.model.hint(Action::CopyRunbook);
        let folder = match &self.model.config.runbooks {
            Some(dir) => dir.display().to_string(),
            None => "the folder runbooks beside config.toml".to_owned(),
        };
        if row.odd.is_some() {
            let words = "This entry of the folder is no readable mail; nothing here opens or follows it.";
            lines.extend(flow(&[span(words, Role::Text)], columns, &[], ""));
            return;
        }
        let words = "No runbook claims this mail. A runbook is one file that says how to recognise it and what to do; \
                     everything like it then stands under its own category, with these steps beside it.";
        lines.extend(flow(&[span(words, Role::Text)], columns, &[], ""));
        lines.push(Line::new());
        let steps = [
            format!("{copy} copies the draft below"),
            format!("save it as NAME.md in {folder}"),
            "fill in what to do; a few seconds later it is in force".to_owned(),
            "`dutybox check` says whether it is right".to_owned(),
        ];
        for (number, step) in (1..).zip(steps) {
            let lead = span(format!("{number}. "), Role::Good);
            lines.extend(flow(&[span(step, Role::Text)], columns, &[lead], "   "));
        }
        lines.push(Line::new());
        let draft = texts::draft(row, self.model.message().map(AsRef::as_ref));
        for text in draft.lines() {
            lines.extend(flow(&[span(text, Role::Code)], columns, &[span("  ", Role::Code)], "    "));
        }
    }

    /// Draws the pane; gives how many lines it has and where its sections begin.
    pub(super) fn render(
        &self,
        canvas: &mut Canvas<'_>,
        title: Area,
        area: Area,
        model: &Model,
    ) -> (usize, Vec<usize>) {
        let focused = model.focus == Focus::Runbook;
        let inner = Area::new(area.x + 1, area.y, area.w.saturating_sub(2), area.h);
        let (lines, sections) = self.lay_out(inner.w);
        let last = lines.len().saturating_sub(usize::from(area.h)).max(sections.last().copied().unwrap_or(0));
        let scroll = model.runbook_scroll.min(last);
        let name = match (self.book, self.row) {
            (Some(book), _) => format!(" What to do · {}", book.title),
            (None, Some(_)) => " What to do · undocumented".to_owned(),
            (None, None) => " What to do".to_owned(),
        };
        let mut title_line = title_spans(&name, focused);
        if lines.len() > usize::from(area.h) {
            let more = lines.len().saturating_sub(scroll + usize::from(area.h));
            if more > 0 {
                title_line.push(span(format!(" +{more} lines"), Role::Muted));
            }
        }
        canvas.rule(title, &title_line);
        canvas.lines(inner, lines.iter().skip(scroll));
        (lines.len(), sections)
    }
}

/// The warning and the checklist of the case that applies.
fn steps(case: &Case, row: &Row, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(warn) = &case.warn {
        lines.extend(flow(
            &[span(fill(warn, &row.class.labels), Role::Warning)],
            columns,
            &[span("! ", Role::Warning)],
            "  ",
        ));
    }
    let mut of: Option<String> = None;
    for task in checklist(case, &row.class.labels) {
        if let Some(own) = task.of.as_ref().filter(|own| of.as_ref() != Some(own)) {
            lines.push(line(format!("{own}:"), Role::Name));
            of = Some(own.clone());
        }
        let lead = if task.or { "    or: " } else { "[ ] " };
        lines.extend(flow(&[span(task.text, Role::Text)], columns, &[span(lead, Role::Good)], "    "));
    }
    lines
}

/// What stands before the headline of a verdict that is not known; the runbook's own words for that may say it already.
fn doubt(verdict: &Verdict) -> Option<&'static str> {
    (!verdict.known && !verdict.headline.starts_with("cannot tell")).then_some("cannot tell yet: ")
}

/// Where a block of "What to do" stands, first one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It belongs to a branch of the verdict: which one, and whether that surely applies.
    Branch(usize, bool),
    /// It belongs to no case.
    Always,
    /// It belongs to cases that this message is not about.
    Elsewhere,
}

/// Blocks with their rank. Code below an item goes with it; a text goes with the first in rank of the items it introduces.
fn ranked(section: &Section, rank: impl Fn(&Block) -> Rank) -> Vec<(Rank, &Block)> {
    let mut out: Vec<(Option<Rank>, &Block)> = Vec::with_capacity(section.blocks.len());
    let mut intro: Option<usize> = None;
    let mut last = None;
    for block in &section.blocks {
        match block {
            Block::Item { .. } => {
                let own = rank(block);
                last = Some(own);
                if let Some((above, _)) = intro.and_then(|at| out.get_mut(at)) {
                    *above = Some(above.map_or(own, |above| above.min(own)));
                }
            }
            Block::Text(_) => {
                intro = Some(out.len());
                last = None;
            }
            Block::Code(_) => {}
        }
        out.push((last, block));
    }
    out.into_iter().map(|(rank, block)| (rank.unwrap_or(Rank::Always), block)).collect()
}

fn laid_block(block: &Block, columns: u16, rank: Option<Rank>) -> Vec<Line> {
    let base = match rank {
        Some(Rank::Branch(0, _)) => Role::Strong,
        Some(Rank::Elsewhere) => Role::Muted,
        _ => Role::Text,
    };
    match block {
        Block::Text(inlines) => flow(&pieces(inlines, base), columns, &[], ""),
        Block::Item { depth, number, text, .. } => {
            let indent = "  ".repeat((*depth).min(6));
            let marker = number.map_or_else(|| "· ".to_owned(), |number| format!("{number}. "));
            let lead = match rank {
                Some(Rank::Branch(_, true)) => span(format!("{indent}▸ "), Role::Good),
                Some(Rank::Branch(_, false)) => span(format!("{indent}? "), Role::Warning),
                _ => span(format!("{indent}{marker}"), Role::Muted),
            };
            let rest = " ".repeat(indent.len() + 2);
            flow(&pieces(text, base), columns, &[lead], &rest)
        }
        Block::Code(code) => code
            .lines()
            .flat_map(|text| flow(&[span(text, Role::Code)], columns, &[span("  ", Role::Code)], "    "))
            .collect(),
    }
}

fn pieces(inlines: &[Inline], base: Role) -> Vec<Span> {
    let mut out = Vec::new();
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push(span(text.clone(), base)),
            Inline::Strong(text) => out.push(span(text.clone(), Role::Strong)),
            Inline::Code(text) => out.push(span(text.clone(), Role::Code)),
            Inline::Link(text, target) if text == target || text.is_empty() => {
                out.push(span(target.clone(), Role::Link));
            }
            Inline::Link(text, target) => {
                out.push(span(format!("{text} "), base));
                out.push(span(format!("<{target}>"), Role::Link));
            }
        }
    }
    out
}

fn links(book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
    for (text, target) in texts::book_links(book) {
        let pieces = [span(format!("{text} "), Role::Text), span(target, Role::Link)];
        lines.extend(flow(&pieces, columns, &[span("see: ", Role::Name)], "  "));
    }
    for link in &book.links {
        if let RunbookLink::Lost(what, at) = link {
            let at = at.map(|at| format!(", page line {at}")).unwrap_or_default();
            let words = format!("the page lost its link to {what}{at}");
            lines.extend(flow(&[span(words, Role::Warning)], columns, &[span("! ", Role::Warning)], "  "));
        }
    }
}

fn gaps(book: &Runbook, columns: u16, lines: &mut Vec<Line>) {
    for gap in &book.gaps {
        let at = gap.line.map(|at| format!(" (page line {at})")).unwrap_or_default();
        let words = format!("the page leaves out: {}{at}", gap.text);
        lines.extend(flow(&[span(words, Role::Warning)], columns, &[span("! ", Role::Warning)], "  "));
    }
}
