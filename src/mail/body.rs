//! Readable text out of a message's parts: plain, HTML, JSON; and the links in it.

/// Where the shown text comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BodySource {
    /// A text/plain part.
    #[default]
    Plain,
    /// Converted from text/html.
    Html,
    /// JSON, pretty-printed (SNS, EventBridge), with what stood around it.
    Json,
    /// Undecoded, because the message is too complex to parse.
    Raw,
    /// There is no text.
    Nothing,
}

/// The readable body of a message. Decoded, lines end in LF, *not* cleaned: see [`super::text`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Body {
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub source: BodySource,
    /// Links in order, without repetition.
    pub links: Vec<Link>,
}

/// A link and where it really goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What the mail shows; equal to the target for bare URLs.
    pub text: String,
    /// The real target.
    pub target: String,
    /// Whether it may be opened: http and https only.
    pub openable: bool,
    /// Whether the text shows another host than the target.
    pub misleading: bool,
}
