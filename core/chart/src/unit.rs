//! Units as people write them.

/// A unit that is spelled in UCUM's letters for machines, as people write it; any other as it is.
///
/// Only spellings that nobody reads otherwise: `ug` and `u[IU]/mL` stay, since `µ` before them is misread as m on paper (ISMP's list of
/// error-prone abbreviations), and is another dose then; `10³/µL` is how laboratories write it.
pub(crate) fn written(unit: &str) -> &str {
    const WRITTEN: &[(&str, &str)] = &[
        ("mm[Hg]", "mmHg"),
        ("Cel", "°C"),
        ("[degF]", "°F"),
        ("10*3/uL", "10³/µL"),
        ("10*6/uL", "10⁶/µL"),
        ("10*9/L", "10⁹/L"),
        ("10*12/L", "10¹²/L"),
        ("kg/m2", "kg/m²"),
        ("mL/min/{1.73_m2}", "mL/min/1.73 m²"),
        ("/[HPF]", "/HPF"),
        ("[pH]", "pH"),
        ("[lb_av]", "lb"),
        ("[in_i]", "in"),
        ("[IU]/L", "IU/L"),
        ("m[IU]/L", "mIU/L"),
    ];
    if let Some((_, written)) = WRITTEN.iter().find(|(code, _)| *code == unit) {
        return written;
    }
    // An annotation measures nothing (UCUM §12): `{score}`.
    let annotation = unit.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    annotation.filter(|text| !text.is_empty() && !text.contains(['{', '}'])).unwrap_or(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_machines_spell_is_written_otherwise() {
        for (unit, expected) in [
            ("mm[Hg]", "mmHg"),
            ("{score}", "score"),
            ("mmHg", "mmHg"),
            ("ug", "ug"),
            ("{}", "{}"),
            ("{a}/{b}", "{a}/{b}"),
            ("mm[hg]", "mm[hg]"),
            ("", ""),
        ] {
            assert_eq!(written(unit), expected);
        }
    }
}
