//! The kinds of measurements that are taken, and what FHIR calls them.

/// A kind of measurement.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Kind {
    /// Apple's name of it, without `HKQuantityTypeIdentifier`.
    pub(super) name: &'static str,
    /// Code and display of LOINC; none where it has none for this.
    pub(super) loinc: Option<(&'static str, &'static str)>,
    /// As people call it.
    pub(super) text: &'static str,
    /// Of FHIR's observation categories.
    pub(super) category: &'static str,
    /// Whether a day's values are summed.
    pub(super) is_sum: bool,
    /// Digits behind the point: more than a device knows would be a false precision.
    pub(super) digits: usize,
}

const fn kind(
    name: &'static str,
    loinc: Option<(&'static str, &'static str)>,
    text: &'static str,
    category: &'static str,
    is_sum: bool,
    digits: usize,
) -> Kind {
    Kind { name, loinc, text, category, is_sum, digits }
}

const ACTIVITY: &str = "activity";
const VITAL: &str = "vital-signs";

/// LOINC's own names. Blood glucose in mmol/L has a code of its own, [`MOLAR_GLUCOSE`].
pub(super) const KINDS: &[Kind] = &[
    kind(
        "StepCount",
        Some(("55423-8", "Number of steps in unspecified time Pedometer")),
        "Steps",
        ACTIVITY,
        true,
        0,
    ),
    kind(
        "ActiveEnergyBurned",
        Some(("41981-2", "Calories burned")),
        "Active energy burned",
        ACTIVITY,
        true,
        0,
    ),
    kind("DistanceWalkingRunning", None, "Distance walked and run", ACTIVITY, true, 3),
    kind("DistanceCycling", None, "Distance cycled", ACTIVITY, true, 3),
    kind("AppleExerciseTime", None, "Time of exercise", ACTIVITY, true, 0),
    kind("FlightsClimbed", None, "Flights climbed", ACTIVITY, true, 0),
    kind("HeartRate", Some(("8867-4", "Heart rate")), "Heart rate", VITAL, false, 0),
    kind(
        "RestingHeartRate",
        Some(("40443-4", "Heart rate --resting")),
        "Resting heart rate",
        VITAL,
        false,
        0,
    ),
    kind(
        "HeartRateVariabilitySDNN",
        Some(("80404-7", "R-R interval.standard deviation (Heart rate variability)")),
        "Heart rate variability",
        VITAL,
        false,
        1,
    ),
    kind("RespiratoryRate", Some(("9279-1", "Respiratory rate")), "Respiratory rate", VITAL, false, 1),
    kind(
        "OxygenSaturation",
        Some(("59408-5", "Oxygen saturation in Arterial blood by Pulse oximetry")),
        "Oxygen saturation by pulse oximetry",
        VITAL,
        false,
        1,
    ),
    kind("BodyTemperature", Some(("8310-5", "Body temperature")), "Body temperature", VITAL, false, 2),
    kind("BodyMass", Some(("29463-7", "Body weight")), "Body weight", VITAL, false, 2),
    kind("Height", Some(("8302-2", "Body height")), "Body height", VITAL, false, 1),
    kind(
        "BodyMassIndex",
        Some(("39156-5", "Body mass index (BMI) [Ratio]")),
        "Body mass index",
        VITAL,
        false,
        1,
    ),
    kind(
        "BloodGlucose",
        Some(("2339-0", "Glucose [Mass/volume] in Blood")),
        "Blood glucose",
        "laboratory",
        false,
        1,
    ),
];

pub(super) const MOLAR_GLUCOSE: (&str, &str) = ("15074-8", "Glucose [Moles/volume] in Blood");

/// What a unit is in UCUM, as a code and as people write it, and what a value is multiplied by; none of a unit that is not known.
pub(super) fn unit(written: &str, kind: &str) -> Option<(&'static str, &'static str, f64)> {
    Some(match (written, kind) {
        ("count", "StepCount") => ("{steps}", "steps", 1.0),
        ("count", "FlightsClimbed") => ("{flights}", "flights", 1.0),
        ("count", "BodyMassIndex") => ("kg/m2", "kg/m2", 1.0),
        ("count/min", "RespiratoryRate") => ("/min", "breaths/min", 1.0),
        ("count/min", _) => ("/min", "beats/min", 1.0),
        // Apple writes a share of 1 beside the sign for a hundredth.
        ("%", _) => ("%", "%", 100.0),
        ("kcal" | "Cal", _) => ("kcal", "kcal", 1.0),
        ("kJ", _) => ("kJ", "kJ", 1.0),
        ("km", _) => ("km", "km", 1.0),
        ("m", _) => ("m", "m", 1.0),
        ("cm", _) => ("cm", "cm", 1.0),
        ("mi", _) => ("[mi_i]", "mi", 1.0),
        ("ft", _) => ("[ft_i]", "ft", 1.0),
        ("in", _) => ("[in_i]", "in", 1.0),
        ("kg", _) => ("kg", "kg", 1.0),
        ("lb", _) => ("[lb_av]", "lb", 1.0),
        ("min", _) => ("min", "min", 1.0),
        ("ms", _) => ("ms", "ms", 1.0),
        ("degC", _) => ("Cel", "°C", 1.0),
        ("degF", _) => ("[degF]", "°F", 1.0),
        ("mg/dL", _) => ("mg/dL", "mg/dL", 1.0),
        ("mmHg", _) => ("mm[Hg]", "mmHg", 1.0),
        (molar, "BloodGlucose") if molar.starts_with("mmol") => ("mmol/L", "mmol/L", 1.0),
        _ => return None,
    })
}
