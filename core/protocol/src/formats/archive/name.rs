//! What the entries of an archive are called: shown to people, and never a path.

/// A name as it is shown: without what leads out of the archive, and without what cannot be seen.
pub(super) fn shown(name: &str) -> String {
    let parts =
        name.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..") && !part.ends_with(':'));
    let visible = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let shown: String = parts.collect::<Vec<_>>().join("/").chars().filter(|c| visible(*c)).collect();
    // The end of a name tells more than its beginning.
    let too_many = shown.chars().count().saturating_sub(LONGEST);
    shown.chars().skip(too_many).collect()
}

/// Whether an entry is there for other programs than those that read records: folders, what an operating system
/// leaves, and what makes an XDM medium readable in a browser (IHE ITI TF-2 §3.32.4.1.2).
pub(super) fn is_furniture(shown: &str, is_folder: bool, is_xdm: bool) -> bool {
    let mut folders: Vec<&str> = shown.split('/').collect();
    let file = folders.pop().unwrap_or_default();
    let upper = file.to_ascii_uppercase();
    let is_left_behind = folders.contains(&"__MACOSX")
        || file.starts_with("._")
        || matches!(upper.as_str(), ".DS_STORE" | "THUMBS.DB" | "DESKTOP.INI");
    let is_of_xdm = is_xdm
        && (matches!(upper.as_str(), "INDEX.HTM" | "INDEX.HTML" | "README.TXT" | "METADATA.XML")
            || upper.ends_with(".XSL")
            || upper.ends_with(".XSLT")
            || upper.ends_with(".CSS"));
    // Apple Health says the same a second time, as a document without codes of its own.
    let is_repeated = shown == "apple_health_export/export_cda.xml";
    is_folder || file.is_empty() || is_left_behind || is_of_xdm || is_repeated
}

/// Whether an entry says that the archive is an XDM medium.
pub(super) fn says_xdm(shown: &str) -> bool {
    shown.split('/').next().is_some_and(|folder| folder.eq_ignore_ascii_case("IHE_XDM"))
}

/// Characters of a name that are shown.
const LONGEST: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_and_hides_nothing() {
        for (name, expected) in [
            ("a/b.json", "a/b.json"),
            ("../../etc/passwd", "etc/passwd"),
            ("/etc/passwd", "etc/passwd"),
            ("C:\\x\\..\\y.json", "x/y.json"),
            ("a\0\n\u{202e}gpj.json", "agpj.json"),
            ("..", ""),
        ] {
            assert_eq!(shown(name), expected);
        }
        assert_eq!(shown(&format!("{}.json", "x".repeat(400))).len(), LONGEST);
    }

    #[test]
    fn what_a_system_leaves_behind_is_no_record_and_what_is_called_alike_may_be_one() {
        for name in ["a/", "__MACOSX/._a.phr", "a/.DS_Store", "a/._b.json", "Thumbs.db", ""] {
            assert!(is_furniture(name, name.ends_with('/'), false), "{name}");
        }
        for name in ["INDEX.HTM", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/CCD.XSL", "README.TXT"] {
            assert!(is_furniture(name, false, true), "{name}");
            assert!(!is_furniture(name, false, false), "{name}");
        }
        for name in ["a.phr", "IHE_XDM/SUBSET01/DOC0001.XML", "_.json", "README"] {
            assert!(!is_furniture(name, false, true), "{name}");
        }
        assert!(says_xdm("IHE_XDM/SUBSET01/A.XML") && !says_xdm("a/IHE_XDM.xml"));
    }
}
