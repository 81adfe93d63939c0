package org.keepwell.wallet.model

import java.time.OffsetDateTime

/** What Keepwell asks of the phone's own collection of health data: what a doctor asks for, and no steps. */
enum class HealthKind {
    BLOOD_PRESSURE,

    /** What the person has measured themselves; not what a watch counts all day. */
    HEART_RATE,
    BODY_WEIGHT,
    BODY_HEIGHT,
    BLOOD_GLUCOSE,
    OXYGEN_SATURATION,
    BODY_TEMPERATURE,

    /** What clinics have sent to other apps, as FHIR. */
    CLINIC_RECORDS,
}

/** Something that the patient, or a device of theirs, has measured. [id] is the collection's own, a UUID; [app] has put it there. */
data class Measurement(
    val kind: HealthKind,
    val id: String,
    val time: OffsetDateTime,
    /** In the unit of its kind: mm[Hg], /min, kg, cm, mmol/L, %, Cel. Of blood pressure the systolic one. */
    val value: Double,
    /** The diastolic blood pressure. */
    val second: Double? = null,
    /** Where the value is the mean of a while that begins at [time]: its end. */
    val until: OffsetDateTime? = null,
    val app: String? = null,
) {
    override fun toString() = "Measurement(..)"
}

/** A FHIR resource that a clinic sent to another app, as it came, and the [address] at which the clinic has it. */
data class ClinicRecord(val address: String, val json: String) {
    override fun toString() = "ClinicRecord(..)"
}

/** What was read of the phone's collection; [refused] are kinds that may not be read, also where that was taken back in the middle. */
data class HealthReading(val measurements: List<Measurement>, val clinicRecords: List<ClinicRecord>, val refused: Set<HealthKind>) {
    /** How many there are of each kind; kinds without any are left out. */
    val counts: Map<HealthKind, Int>
        get() = measurements.groupingBy { it.kind }.eachCount() +
            listOfNotNull((HealthKind.CLINIC_RECORDS to clinicRecords.size).takeIf { clinicRecords.isNotEmpty() })

    override fun toString() = "HealthReading(..)"
}
