package org.keepwell.wallet.screen

import java.time.OffsetDateTime
import java.util.Locale
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.test.advanceTimeBy
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.model.ClinicRecord
import org.keepwell.wallet.model.HealthBundle
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Measurement
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile

@OptIn(kotlinx.coroutines.ExperimentalCoroutinesApi::class)
class HealthModelTest {
    private val health = FakeHealth()
    private val taken = ArrayList<RecordFile>()
    private var left = 0

    private fun Bench.model() = HealthModel(health, { taken += it }, { left++ }, scope)

    private fun Bench.answered(model: HealthModel) {
        model.on(HealthEvent.Answered)
        test.advanceTimeBy(20)
        settle()
    }

    private fun text(file: RecordFile) = file.open().readBytes().decodeToString()

    private fun text(vararg measurements: Measurement) = text(HealthBundle(HealthReading(measurements.toList(), emptyList(), emptySet()), "x"))

    private fun weight(kilograms: Double) = Measurement(HealthKind.BODY_WEIGHT, "1", TIME, kilograms)

    @Test
    fun `nothing is read before the person asks, and nothing is taken before they have seen what it is`() = onBench {
        val model = model()
        model.on(HealthEvent.Add)
        settle()
        assertEquals(0, health.readings)
        answered(model)
        val kinds = mapOf(HealthKind.BLOOD_PRESSURE to 1, HealthKind.BODY_WEIGHT to 2, HealthKind.CLINIC_RECORDS to 1)
        assertEquals(kinds, model.state.value.counts)
        assertEquals(emptyList(), taken)
        model.on(HealthEvent.Add)
        assertEquals("Health Connect", taken.single().name)
        assertTrue("72.5" in text(taken.single()))
    }

    @Test
    fun `what may not be read, or no more, is told, and the rest goes on`() = onBench {
        val model = model()
        health.refused = setOf(HealthKind.BODY_WEIGHT)
        answered(model)
        assertEquals(setOf(HealthKind.BODY_WEIGHT), model.state.value.refused)
        assertFalse(model.state.value.isRefused)
        assertEquals(2, model.state.value.counts.values.sum())

        health.refused = HealthKind.entries.toSet()
        answered(model)
        assertTrue(model.state.value.isRefused)
        model.on(HealthEvent.Add)
        assertEquals(emptyList(), taken)
    }

    @Test
    fun `a collection that does not answer is said, and asked again`() = onBench {
        val model = model()
        health.problem = Problem.HealthUnreadable("5")
        answered(model)
        assertEquals(HealthStep.EXPLAIN, model.state.value.step)
        assertEquals(health.problem, model.state.value.problem)
        health.problem = null
        answered(model)
        assertNull(model.state.value.problem)
        assertEquals(HealthStep.FOUND, model.state.value.step)
    }

    @Test
    fun `who goes back lets go of what was read`() = onBench {
        val model = model()
        model.on(HealthEvent.Answered)
        model.on(HealthEvent.Back)
        test.advanceTimeBy(20)
        settle()
        assertEquals(HealthStep.EXPLAIN, model.state.value.step)
        model.on(HealthEvent.Add)
        assertEquals(emptyList(), taken)
        model.on(HealthEvent.Back)
        assertEquals(1, left)
        assertEquals("HealthState(step=EXPLAIN, problem=null)", model.state.value.toString())
    }

    @Test
    fun `a measurement is an Observation that is said to be the patient's own`() {
        val pressure = Measurement(HealthKind.BLOOD_PRESSURE, "a1", TIME, 128.4, 84.0, app = "org.example.cuff")
        val expected = """{"resourceType":"Observation","id":"a1","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue",""" +
            """"code":"PATAST","display":"patient asserted"}],"source":"android-app://org.example.cuff"},"status":"final",""" +
            """"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],""" +
            """"code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}],"text":"Blood pressure"},"effectiveDateTime":"2026-11-20T07:15:00+01:00",""" +
            """"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}],"text":"Systolic blood pressure"},""" +
            """"valueQuantity":{"value":128,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},""" +
            """{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}],"text":"Diastolic blood pressure"},""" +
            """"valueQuantity":{"value":84,"unit":"mm[Hg]","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]}"""
        assertEquals("""{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:a1","resource":$expected}]}""", text(pressure))
    }

    @Test
    fun `numbers have as many digits as such devices, in digits that every computer reads`() {
        val before = Locale.getDefault()
        try {
            for (tag in listOf("tr-TR", "ar-EG-u-nu-arab", "es-ES")) {
                Locale.setDefault(Locale.forLanguageTag(tag))
                for ((kilograms, written) in listOf(72.49999999 to "72.5", 72.0 to "72", 70.0 to "70", 100.0 to "100", 0.004 to "0", 3.456 to "3.46")) {
                    assertTrue("""{"value":$written,"unit":"kg"""" in text(weight(kilograms)), "$kilograms in $tag")
                }
                assertTrue(""""effectiveDateTime":"2026-11-20T07:15:00+01:00"""" in text(weight(72.0)), tag)
            }
        } finally {
            Locale.setDefault(before)
        }
    }

    @Test
    fun `a mean of a while says of which`() {
        val mean = Measurement(HealthKind.HEART_RATE, "1", TIME, 71.6, until = TIME.plusMinutes(2))
        assertTrue(""""effectivePeriod":{"start":"2026-11-20T07:15:00+01:00","end":"2026-11-20T07:17:00+01:00"},"valueQuantity":{"value":72,""" in text(mean))
    }

    @Test
    fun `what a clinic has sent stays as it came, beside its address`() {
        val json = "{ \"resourceType\" : \"Condition\",\n \"id\":\"1\", \"x\": 1.500 }"
        val file = HealthBundle(HealthReading(emptyList(), listOf(ClinicRecord("https://clinic.example/a\"b", json)), emptySet()), "x")
        assertTrue("""{"fullUrl":"https://clinic.example/a\"b","resource":$json}""" in text(file))
        assertEquals(text(file).encodeToByteArray().size.toLong(), file.size)
    }

    @Test
    fun `nothing of another app's breaks out of its text`() {
        val said = text(Measurement(HealthKind.BODY_WEIGHT, "1\",\"status\":\"x", TIME, 1.0, app = "a\u0001\n\\\uD800"))
        assertTrue(""""id":"1\",\"status\":\"x"""" in said)
        assertTrue("""android-app://a\u0001\u000a\\\ud800""" in said)
        assertFalse("72" in weight(72.0).toString())
    }

    private companion object {
        val TIME: OffsetDateTime = OffsetDateTime.parse("2026-11-20T07:15:00+01:00")
    }
}
