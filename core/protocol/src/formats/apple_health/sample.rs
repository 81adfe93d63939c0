//! One measurement as an export writes it.

use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

use super::error::AppleHealthError;

/// What the attributes of a `Record` say.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    /// Apple's name of the kind.
    pub(super) kind: String,
    /// What its owner calls the source. It may be a person's name, so it only tells sources apart.
    pub(super) source: String,
    pub(super) unit: String,
    pub(super) value: String,
    pub(super) start: String,
    /// What measured it, where that is known: never what its owner calls it.
    pub(super) device: Option<&'static str>,
    /// Whether a person typed it.
    pub(super) is_typed: bool,
}

impl Sample {
    /// Reads the attributes of an element.
    pub(super) fn read(start: &BytesStart<'_>) -> Result<Self, AppleHealthError> {
        let mut sample = Self::default();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| AppleHealthError::Syntax)?;
            let place = match attribute.key.as_ref() {
                "type" => &mut sample.kind,
                "sourceName" => &mut sample.source,
                "unit" => &mut sample.unit,
                "value" => &mut sample.value,
                "startDate" => &mut sample.start,
                "device" => {
                    sample.device = model(&attribute.value);
                    continue;
                }
                _ => continue,
            };
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            *place = value.map_err(|_| AppleHealthError::Entity)?.into_owned();
        }
        Ok(sample)
    }

    /// Its number, if it is one.
    pub(super) fn number(&self) -> Option<f64> {
        self.value.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The day in the zone that it is written in.
    pub(super) fn day(&self) -> Option<&str> {
        self.time()?;
        self.start.get(..DAY)
    }

    /// Its time as FHIR writes it: of `2024-06-15 08:00:00 +0200` that is `2024-06-15T08:00:00+02:00`.
    pub(super) fn time(&self) -> Option<String> {
        let is_like_it = self.start.len() == FORM.len()
            && self.start.bytes().zip(FORM.bytes()).all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                b'+' => matches!(byte, b'+' | b'-'),
                _ => byte == form,
            });
        let (day, rest) = self.start.split_at_checked(DAY).filter(|_| is_like_it)?;
        let (clock, zone) = rest.trim_start().split_once(' ')?;
        let (hours, minutes) = zone.split_at_checked(3)?;
        let time = format!("{day}T{clock}{hours}:{minutes}");
        time.parse::<jiff::Timestamp>().ok().map(|_| time)
    }
}

/// The model in Apple's description of a device, as everybody calls it.
fn model(device: &str) -> Option<&'static str> {
    [("model:Watch", "Apple Watch"), ("model:iPhone", "iPhone")]
        .into_iter()
        .find_map(|(model, name)| device.contains(model).then_some(name))
}

const FORM: &str = "0000-00-00 00:00:00 +0000";
const DAY: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_of_its_own_zone_or_none() {
        for (start, time, day) in [
            ("2024-06-15 23:30:00 +0200", Some("2024-06-15T23:30:00+02:00"), Some("2024-06-15")),
            ("2024-06-15 00:30:00 -1130", Some("2024-06-15T00:30:00-11:30"), Some("2024-06-15")),
            ("2024-06-15 23:30:00", None, None),
            ("2024-06-31 23:30:00 +0200", None, None),
            ("2024-06-15T23:30:00 +0200", None, None),
            ("2024-06-15 23:30:00 +02é", None, None),
            ("", None, None),
        ] {
            let sample = Sample { start: start.to_owned(), ..Sample::default() };
            assert_eq!((sample.time().as_deref(), sample.day()), (time, day), "{start}");
        }
    }
}
