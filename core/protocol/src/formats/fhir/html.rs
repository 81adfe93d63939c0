//! Text out of HTML: of narratives, letters.

/// What a person reads of HTML: no markup, scripts, styles or comments; a line for each block. Only what is
/// within the first `longest` characters is sure to be there, and few are behind them. The text is no HTML.
///
/// ```
/// use keepwell_protocol::formats::fhir::text_of_html;
///
/// assert_eq!(text_of_html("<p>Dose:&nbsp;5 mg<script>x()</script></p>", 100), "Dose: 5 mg");
/// ```
pub fn text_of_html(html: &str, longest: usize) -> String {
    let mut text = Lines { text: String::new(), length: 0, longest };
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, from) = rest.split_at(at);
        text.push(before);
        if text.is_full() {
            break;
        }
        rest = if from.starts_with('&') { entity(from, &mut text) } else { tag(from, &mut text) };
    }
    if !text.is_full() {
        text.push(rest.split(['<', '&']).next().unwrap_or_default());
    }
    text.finish()
}

/// Walks over a tag, or over an element that nobody reads, and gives what is behind it.
fn tag<'a>(html: &'a str, text: &mut Lines) -> &'a str {
    let inside = html.get(1..).unwrap_or_default();
    if inside.starts_with("!--") {
        return inside.split_once("-->").map_or("", |(_, rest)| rest);
    }
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        text.push("<");
        return inside;
    }
    let name_end = inside
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '/' || c == '!' || c == '?'))
        .unwrap_or(inside.len());
    let name = inside.get(..name_end).unwrap_or_default().to_ascii_lowercase();
    let rest = end_of_tag(inside);
    let is_closed = inside.get(..inside.len() - rest.len()).is_some_and(|tag| tag.ends_with("/>"));
    match name.as_str() {
        "script" | "style" | "head" | "title" | "template" | "noscript" | "iframe" | "object" | "svg"
        | "math" | "textarea" | "select"
            if !is_closed =>
        {
            return after_element(rest, &name);
        }
        "td" | "th" => text.gap(),
        "li" => text.item(),
        "br" | "br/" | "/p" | "p" | "div" | "/div" | "tr" | "/tr" | "/table" | "table" | "ul" | "/ul"
        | "ol" | "/ol" | "/li" | "h1" | "/h1" | "h2" | "/h2" | "h3" | "/h3" | "h4" | "/h4" | "h5" | "/h5"
        | "h6" | "/h6" | "hr" | "pre" | "/pre" | "section" | "/section" | "article" | "/article"
        | "header" | "/header" | "footer" | "/footer" | "dt" | "/dt" | "dd" | "/dd" | "blockquote"
        | "/blockquote" | "caption" | "/caption" | "body" => {
            text.line();
        }
        _ => {}
    }
    rest
}

/// What is behind the `>` of a tag; one within an attribute's quotes does not end it.
fn end_of_tag(inside: &str) -> &str {
    let (mut quote, mut before) = (None, ' ');
    for (at, c) in inside.char_indices() {
        match (quote, c) {
            (None, '>') => return inside.get(at + 1..).unwrap_or_default(),
            (None, '"' | '\'') if before == '=' => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    ""
}

/// What is behind the end tag of an element; nothing if it does not end.
fn after_element<'a>(html: &'a str, name: &str) -> &'a str {
    let mut rest = html;
    while let Some((_, from)) = rest.split_once("</") {
        let is_end = from.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name));
        if is_end {
            return end_of_tag(from);
        }
        rest = from;
    }
    ""
}

/// Takes a character reference; what is none stays as it is.
fn entity<'a>(html: &'a str, text: &mut Lines) -> &'a str {
    let inside = html.get(1..).unwrap_or_default();
    let end = inside.bytes().take(12).position(|byte| byte == b';');
    let name = end.and_then(|end| inside.get(..end)).unwrap_or_default();
    let number = |digits: &str| match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => digits.parse().ok(),
    };
    let character = match name.strip_prefix('#') {
        Some(digits) => {
            number(digits).and_then(char::from_u32).filter(|c| !c.is_control() || c.is_whitespace())
        }
        None => NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character),
    };
    match (character, end) {
        (Some('\u{a0}'), Some(end)) => {
            text.push(" ");
            inside.get(end + 1..).unwrap_or_default()
        }
        (Some(character), Some(end)) => {
            text.push(character.encode_utf8(&mut [0; 4]));
            inside.get(end + 1..).unwrap_or_default()
        }
        _ => {
            text.push("&");
            inside
        }
    }
}

/// The character references that letters from clinics use: XML's five, and those of Latin-1 that German, French and
/// Spanish need.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("atilde", 'ã'),
    ("aring", 'å'),
    ("aelig", 'æ'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("igrave", 'ì'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("ograve", 'ò'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("otilde", 'õ'),
    ("oslash", 'ø'),
    ("ugrave", 'ù'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("Eacute", 'É'),
    ("Aacute", 'Á'),
    ("Iacute", 'Í'),
    ("Oacute", 'Ó'),
    ("Uacute", 'Ú'),
    ("Ntilde", 'Ñ'),
    ("Aring", 'Å'),
    ("Oslash", 'Ø'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("deg", '°'),
    ("micro", 'µ'),
    ("plusmn", '±'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("times", '×'),
    ("middot", '·'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("copy", '©'),
    ("reg", '®'),
    ("sect", '§'),
    ("para", '¶'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("hellip", '…'),
    ("bull", '•'),
    ("le", '≤'),
    ("ge", '≥'),
    ("euro", '€'),
    ("rarr", '→'),
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("mu", 'μ'),
];

/// Text as it grows: blanks collapse, empty lines don't pile up.
struct Lines {
    text: String,
    /// The length of `text` in characters.
    length: usize,
    longest: usize,
}

impl Lines {
    fn is_full(&self) -> bool {
        self.length > self.longest
    }

    fn push(&mut self, words: &str) {
        for c in words.chars() {
            if self.is_full() {
                return;
            }
            if !c.is_whitespace() {
                self.text.push(c);
                self.length += 1;
            } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
                self.length += 1;
            }
        }
    }

    fn line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
            self.length += 1;
        }
    }

    fn item(&mut self) {
        self.line();
        self.text.push_str("• ");
        self.length += 2;
    }

    /// Between two cells of a row.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.truncate(self.text.trim_end_matches(' ').len());
            self.text.push_str("  ");
            self.length += 2;
        }
    }

    fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_becomes_what_a_person_reads() {
        for (html, text) in [
            (
                "<p>Dear <b>Ada</b>,</p><p>all is&nbsp;well &lt;here&gt; &#8211; &#x41;&uuml;</p>",
                "Dear Ada,\nall is well <here> – Aü",
            ),
            ("<script>alert('<p>no</p>')</script>yes<style>p{}</style>", "yes"),
            ("<SCRIPT src='>'>no</Script >yes", "yes"),
            ("<div>a<!-- no > --><br/>b</div>\n\n\n<div></div><div>c</div>", "a\nb\nc"),
            ("<table><tr><td>Sodium</td><td>140</td></tr><tr><td>K</td></tr></table>", "Sodium  140\nK"),
            ("<ul><li>one</li><li>two</li></ul>", "• one\n• two"),
            ("<img alt='a > b' onerror=\"x\">a", "a"),
            ("<p title=don't>it isn't", "it isn't"),
            ("1 < 2 & 3 &nothing; &#x110000;", "1 < 2 & 3 &nothing; &#x110000;"),
            ("<script>never ended", ""),
            ("a<b", "a"),
            ("a &amp", "a &amp"),
            ("a&#10;b&#0;", "a b&#0;"),
            ("<svg><text>no</text></svg><title/>x", "x"),
            ("", ""),
        ] {
            assert_eq!(text_of_html(html, 100), text, "{html}");
        }
    }

    #[test]
    fn html_of_any_length_takes_bounded_room_and_time() {
        for html in [
            "<a".repeat(1_000_000),
            "<p>x".repeat(1_000_000),
            "<".repeat(1_000_000),
            "&".repeat(1_000_000),
            "<script></".repeat(300_000),
        ] {
            assert!(text_of_html(&html, 1_000).chars().count() <= 1_003);
            text_of_html(&html, usize::MAX);
        }
    }
}
