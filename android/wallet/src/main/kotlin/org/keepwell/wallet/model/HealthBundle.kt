package org.keepwell.wallet.model

import java.io.ByteArrayInputStream
import java.io.InputStream
import java.math.BigDecimal
import java.math.RoundingMode
import java.time.format.DateTimeFormatter

/**
 * What was read as one FHIR R4 Bundle, to be taken in as any other file: each measurement an Observation that is said to be the patient's
 * own (`PATAST`), and about nobody else; clinics' records as they came.
 */
class HealthBundle(private val reading: HealthReading, override val name: String) : RecordFile {
    private val bytes by lazy { text().encodeToByteArray() }

    override val size get() = bytes.size.toLong()

    override fun open(): InputStream = ByteArrayInputStream(bytes)

    private fun text(): String {
        val entries = reading.measurements.map { entry("urn:uuid:${it.id}", observation(it)) } +
            reading.clinicRecords.map { entry(it.address, it.json) }
        return """{"resourceType":"Bundle","type":"collection","entry":[${entries.joinToString(",")}]}"""
    }

    private fun entry(address: String, resource: String) = """{"fullUrl":${quoted(address)},"resource":$resource}"""

    private fun observation(measured: Measurement): String {
        val form = FORMS.getValue(measured.kind)
        val source = measured.app?.let { ""","source":${quoted("android-app://$it")}""" }.orEmpty()
        val category = """[{"coding":[{"system":"$CATEGORIES","code":"${form.category}"}]}]"""
        return """{"resourceType":"Observation","id":${quoted(measured.id)},"meta":{"security":[$PATIENT_ASSERTED]$source},"status":"final",""" +
            """"category":$category,"code":${code(form.codes, form.display)},${times(measured)},${value(measured, form)}}"""
    }

    private fun times(measured: Measurement): String {
        val from = quoted(measured.time.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME))
        val until = measured.until ?: return """"effectiveDateTime":$from"""
        return """"effectivePeriod":{"start":$from,"end":${quoted(until.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME))}}"""
    }

    private fun value(measured: Measurement, form: Form): String {
        val diastolic = measured.second ?: return """"valueQuantity":${quantity(measured.value, form)}"""
        val parts = listOf(SYSTOLIC to measured.value, DIASTOLIC to diastolic).joinToString(",") { (part, value) ->
            """{"code":${code(listOf(part.first), part.second)},"valueQuantity":${quantity(value, form)}}"""
        }
        return """"component":[$parts]"""
    }

    private fun code(codes: List<String>, display: String): String {
        val codings = codes.joinToString(",") { """{"system":"http://loinc.org","code":"$it"}""" }
        return """{"coding":[$codings],"text":"$display"}"""
    }

    private fun quantity(value: Double, form: Form): String {
        val number = BigDecimal.valueOf(value).setScale(form.digits, RoundingMode.HALF_UP)
        val plain = if (number.signum() == 0) "0" else number.stripTrailingZeros().toPlainString()
        return """{"value":$plain,"unit":"${form.unit}","system":"http://unitsofmeasure.org","code":"${form.unit}"}"""
    }

    private class Form(val codes: List<String>, val display: String, val unit: String, val digits: Int, val category: String = "vital-signs")

    private companion object {
        const val CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
        const val PATIENT_ASSERTED =
            """{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"PATAST","display":"patient asserted"}"""
        val SYSTOLIC = "8480-6" to "Systolic blood pressure"
        val DIASTOLIC = "8462-4" to "Diastolic blood pressure"

        /** LOINC codes and UCUM units of FHIR's own profiles of vital signs, and as many digits as such devices have. */
        val FORMS = mapOf(
            HealthKind.BLOOD_PRESSURE to Form(listOf("85354-9"), "Blood pressure", "mm[Hg]", 0),
            HealthKind.HEART_RATE to Form(listOf("8867-4"), "Heart rate", "/min", 0),
            HealthKind.BODY_WEIGHT to Form(listOf("29463-7"), "Body weight", "kg", 2),
            HealthKind.BODY_HEIGHT to Form(listOf("8302-2"), "Body height", "cm", 1),
            HealthKind.BLOOD_GLUCOSE to Form(listOf("15074-8"), "Glucose in blood", "mmol/L", 2, "laboratory"),
            HealthKind.OXYGEN_SATURATION to Form(listOf("2708-6", "59408-5"), "Oxygen saturation", "%", 1),
            HealthKind.BODY_TEMPERATURE to Form(listOf("8310-5"), "Body temperature", "Cel", 1),
        )

        /** JSON's own form of a text. */
        fun quoted(text: String) = buildString {
            append('"')
            for (char in text) {
                when {
                    char == '"' || char == '\\' -> append('\\').append(char)
                    char < ' ' || char.isSurrogate() -> append("\\u").append(char.code.toString(16).padStart(4, '0'))
                    else -> append(char)
                }
            }
            append('"')
        }
    }
}
