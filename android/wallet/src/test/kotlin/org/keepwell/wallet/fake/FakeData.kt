package org.keepwell.wallet.fake

import java.time.Instant
import java.util.Base64
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.minutes
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Measure
import org.keepwell.wallet.model.PictureAttachment
import org.keepwell.wallet.model.PictureFact
import org.keepwell.wallet.model.PictureLabel
import org.keepwell.wallet.model.PicturePart
import org.keepwell.wallet.model.PicturePassage
import org.keepwell.wallet.model.PictureRow
import org.keepwell.wallet.model.PictureTime
import org.keepwell.wallet.model.PictureValue
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordKind
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.RecordVersion
import org.keepwell.wallet.model.Validity
import org.keepwell.wallet.model.ValueFlag
import org.keepwell.wallet.model.VersionStanding

/** A record of the fake: its line in a list, its FHIR type, its bytes and what the library makes of them. */
class FakeRecord(val summary: RecordSummary, val type: String, val content: String, val picture: RecordPicture) {
    /** Its versions in the order in which they came: letters are corrected once, other records never. */
    val versions: List<RecordVersion> = listOfNotNull(
        RecordVersion(1, VersionStanding.SUPERSEDED, picture.source, FakeData.RECEIVED.minusSeconds(86_400 * 30)).takeIf { type == "DocumentReference" },
        RecordVersion(if (type == "DocumentReference") 2 else 1, VersionStanding.PRESENT, picture.source, FakeData.RECEIVED),
    )
}

/** One person's made-up records, and clinics of every standing. */
object FakeData {
    /** When all of the records came. */
    val RECEIVED: Instant = Instant.parse("2026-10-05T08:00:00Z")

    val northside = clinic(1, "Northside Family Clinic", "12 Elm Street, Springfield", ClinicStanding.ACTIVE)
    val lakeside = clinic(2, "Lakeside Heart Centre", "4 Harbour Road, Springfield", ClinicStanding.LISTED)
    val changed = clinic(3, "Old Mill Practice", "1 Mill Lane, Shelbyville", ClinicStanding.KEY_CHANGED)
    val suspended = clinic(4, "Riverbend Urgent Care", "88 River Street, Springfield", ClinicStanding.SUSPENDED)
    val clinics = listOf(northside, lakeside, changed, suspended)

    val CHOICES = Choices(
        shareLives = listOf(10.minutes, 1.hours, 24.hours), shareLivesOnLedger = listOf(7.days, 30.days, 365.days), shareLife = 10.minutes,
        grantDurations = listOf(1.days, 7.days, 30.days, 90.days, 365.days), grantDuration = 30.days,
        purposes = Purpose.entries, purpose = Purpose.TREATMENT,
        autoLockInFront = listOf(1.minutes, 5.minutes, 15.minutes, 30.minutes),
        autoLockInBackground = listOf(Duration.ZERO, 1.minutes, 5.minutes),
    )

    private val KINDS = mapOf(
        "Patient" to RecordKind.PATIENT, "AllergyIntolerance" to RecordKind.ALLERGY, "Condition" to RecordKind.PROBLEM,
        "MedicationRequest" to RecordKind.PRESCRIPTION, "Immunization" to RecordKind.VACCINATION, "Observation" to RecordKind.OBSERVATION,
        "DocumentReference" to RecordKind.DOCUMENT, "Encounter" to RecordKind.VISIT,
    )

    val records = buildList {
        record(Category.PATIENT, "Patient", "Ana Lucía Ortega", "1974-03-09", """"name":[{"text":"Ana Lucía Ortega"}],"birthDate":"1974-03-09","gender":"female"""")
        record(Category.ALLERGIES, "AllergyIntolerance", "Penicillin", "2009-06-14", coded("Penicillin") + ""","verificationStatus":{"text":"entered-in-error"},"criticality":"high","reaction":[{"manifestation":[{"text":"Hives"}]}],"recordedDate":"2009-06-14"""")
        record(Category.CONDITIONS, "Condition", "Essential hypertension", "2018-11-02", coded("Essential hypertension") + ""","clinicalStatus":{"text":"Active"},"onsetDateTime":"2018-11-02"""")
        record(Category.CONDITIONS, "Condition", "Type 2 diabetes", "2021-02", coded("Type 2 diabetes") + ""","clinicalStatus":{"text":"Active"},"onsetDateTime":"2021-02"""")
        record(Category.MEDICATIONS, "MedicationRequest", "Metformin 500 mg tablet", "2026-05-20", """"medicationCodeableConcept":{"text":"Metformin 500 mg tablet"},"status":"active","authoredOn":"2026-05-20","dosageInstruction":[{"text":"One tablet with breakfast and dinner"}],"requester":{"display":"Dr. Ruth Amari"}""")
        record(Category.MEDICATIONS, "MedicationRequest", "Lisinopril 10 mg tablet", "2026-01-11", """"medicationCodeableConcept":{"text":"Lisinopril 10 mg tablet"},"status":"active","authoredOn":"2026-01-11"""")
        record(Category.IMMUNIZATIONS, "Immunization", "Influenza vaccine 2026", "2026-10-03", """"vaccineCode":{"text":"Influenza vaccine 2026"},"status":"completed","occurrenceDateTime":"2026-10-03","lotNumber":"FX0281"""")
        record(Category.RESULTS, "Observation", "Hemoglobin A1c", "2026-09-18", coded("Hemoglobin A1c") + ""","status":"final","effectiveDateTime":"2026-09-18","valueQuantity":{"value":6.90,"unit":"%"},"referenceRange":[{"low":{"value":4.0,"unit":"%"},"high":{"value":5.6,"unit":"%"}}],"interpretation":[{"text":"High"}],"performer":[{"display":"Springfield Laboratory"}],"note":[{"text":"Taken in the morning, before breakfast."}]""", Measure(6.9, "%", low = 4.0, high = 5.6))
        for (number in 1..70) {
            record(Category.RESULTS, "Observation", "Creatinine", "2025-%02d-%02d".format(1 + number % 12, 1 + number % 28), coded("Creatinine") + ""","status":"final","valueQuantity":{"value":0.9$number,"unit":"mg/dL"}""", Measure("0.9$number".toDouble(), "mg/dL"))
        }
        record(Category.VITALS, "Observation", "Blood pressure", "2026-09-18", coded("Blood pressure") + ""","status":"final","effectiveDateTime":"2026-09-18","component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":128,"unit":"mmHg"},"interpretation":[{"text":"High"}]},{"code":{"text":"Diastolic"},"dataAbsentReason":{"text":"cuff error"}}]""")
        record(Category.DOCUMENTS, "DocumentReference", "Discharge letter", "2023-04-07", """"type":{"text":"Discharge letter"},"status":"current","date":"2023-04-07","content":[{"attachment":{"contentType":"image/png","title":"Photo of the ward","data":"$PNG"}}]""")
        record(Category.ENCOUNTERS, "Encounter", "Check-up", "2026-09-18", """"type":[{"text":"Check-up"}],"status":"finished","period":{"start":"2026-09-18","end":"2026-09-18"}""")
    }

    private fun MutableList<FakeRecord>.record(category: Category, type: String, title: String, date: String, rest: String, measure: Measure? = null) {
        val id = RecordId("%064x".format(size + 1))
        val picture = picture(type, title, date, measure)
        val summary = RecordSummary(
            id, category, title, date, "Springfield Health", picture.row.value, picture.row.flag, picture.row.validities,
            // Letters come later than what they are about.
            arrived = if (type == "DocumentReference") RECEIVED.plusSeconds(86_400 * 3) else RECEIVED,
        )
        add(FakeRecord(summary, type, """{"resourceType":"$type","id":"${size + 1}",$rest}""", picture))
    }

    private fun picture(type: String, title: String, date: String, measure: Measure?): RecordPicture {
        val row = PictureRow(KINDS.getValue(type), type, title, PictureTime(date), measure = measure)
        val status = PictureFact(PictureLabel.STATUS, listOf(text("final")))
        val from = { who: String -> PictureFact(PictureLabel.PERFORMER, listOf(text(who))) }
        val source = "Springfield Health"
        val said = when (title) {
            "Hemoglobin A1c" -> RecordPicture(
                source,
                row.copy(value = text("6.90 %"), flag = ValueFlag.HIGH, referenceRange = "4.0 % – 5.6 %"),
                listOf(from("Springfield Laboratory"), status),
                passages = listOf(PicturePassage(PictureLabel.NOTE, null, "Taken in the morning, before breakfast.")),
            )
            "Blood pressure" -> RecordPicture(
                source,
                row.copy(value = text("Systolic: 128 mmHg; Diastolic: – (cuff error)"), flag = ValueFlag.HIGH),
                listOf(status),
                listOf(
                    PicturePart("Systolic", text("128 mmHg"), ValueFlag.HIGH, emptyList(), "90 mmHg – 120 mmHg", Measure(128.0, "mmHg", low = 90.0, high = 120.0)),
                    PicturePart("Diastolic", PictureValue.Absent("cuff error")),
                ),
            )
            "Penicillin" -> RecordPicture(
                source,
                row.copy(validities = listOf(Validity.ENTERED_IN_ERROR)),
                listOf(
                    PictureFact(PictureLabel.CRITICALITY, listOf(text("high"))), PictureFact(PictureLabel.REACTION, listOf(text("Hives"))),
                    PictureFact(PictureLabel.STATUS, listOf(text("entered-in-error"))),
                ),
            )
            "Creatinine" -> RecordPicture(source, row.copy(value = measure?.let { text("${it.number} ${it.unit}") }), listOf(status))
            "Discharge letter" -> RecordPicture(
                source,
                row,
                passages = listOf(PicturePassage(PictureLabel.CONTENT, "Letter", "She can go home. Please check her blood pressure in two weeks.")),
                attachments = listOf(
                    PictureAttachment("Letter", "text/plain", isRead = true), PictureAttachment("Scan of the letter", "application/pdf", size = 48_213),
                    PictureAttachment(null, "image/png", "https://springfield.example/image/7"),
                    PictureAttachment("Photo of the ward", "image/png", size = 70), PictureAttachment("Heart curve", "application/dicom", size = 4),
                ),
            )
            else -> RecordPicture(source, row)
        }
        return said.copy(received = RECEIVED)
    }

    /** What is in the file of a record. */
    fun bytes(contentType: String?): ByteArray = when (contentType) {
        "image/png" -> Base64.getDecoder().decode(PNG)
        "application/pdf" -> "%PDF-1.7".encodeToByteArray()
        "application/dicom" -> "DICM".encodeToByteArray()
        else -> "She can go home.\nPlease check her blood pressure in two weeks.".encodeToByteArray()
    }

    /** One pixel. */
    private const val PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

    private fun text(text: String) = PictureValue.Text(text)

    private fun coded(text: String) = """"code":{"text":"$text"}"""

    private fun clinic(number: Int, name: String, place: String, standing: ClinicStanding) =
        Clinic(ClinicId("%064x".format(number)), name, place, standing)
}
