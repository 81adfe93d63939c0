package org.keepwell.wallet.fake

import java.time.OffsetDateTime
import kotlin.time.Duration.Companion.milliseconds
import kotlinx.coroutines.delay
import org.keepwell.wallet.model.ClinicRecord
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Measurement
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.HealthSource

/** A phone on which other apps have put together a blood pressure, two weights and a clinic's record. */
class FakeHealth : HealthSource {
    override var isThere = true
    override val permissions = setOf("weight", "pressure")
    override val name = "Health Connect"

    /** What the person does not allow, or no more. */
    var refused: Set<HealthKind> = emptySet()
    var problem: Problem? = null

    /** How often it was read. */
    var readings = 0
        private set

    private val time = OffsetDateTime.parse("2026-11-20T07:15:00+01:00")
    private val measurements = listOf(
        Measurement(HealthKind.BLOOD_PRESSURE, "00000000-0000-4000-8000-000000000001", time, 128.0, 84.0, app = "org.example.cuff"),
        Measurement(HealthKind.BODY_WEIGHT, "00000000-0000-4000-8000-000000000002", time, 72.49999999, app = "org.example.scale"),
        Measurement(HealthKind.BODY_WEIGHT, "00000000-0000-4000-8000-000000000003", time.plusDays(1), 72.0, app = "org.example.scale"),
    )
    private val clinicRecords = listOf(
        ClinicRecord("https://clinic.example/fhir/Condition/1", """{"resourceType":"Condition","id":"1","code":{"text":"Asthma"}}"""),
    )

    override suspend fun read(): Outcome<HealthReading> {
        readings++
        delay(10.milliseconds)
        problem?.let { return Outcome.Failed(it) }
        val seen = clinicRecords.filter { HealthKind.CLINIC_RECORDS !in refused }
        return Outcome.Done(HealthReading(measurements.filter { it.kind !in refused }, seen, refused))
    }
}
