package org.keepwell.app

import android.app.Application
import android.content.Intent
import android.content.pm.PackageManager
import android.health.connect.datatypes.BloodGlucoseRecord
import android.health.connect.datatypes.BloodPressureRecord
import android.health.connect.datatypes.BodyTemperatureRecord
import android.health.connect.datatypes.DataOrigin
import android.health.connect.datatypes.HeartRateRecord
import android.health.connect.datatypes.HeartRateRecord.HeartRateSample
import android.health.connect.datatypes.HeightRecord
import android.health.connect.datatypes.Metadata
import android.health.connect.datatypes.OxygenSaturationRecord
import android.health.connect.datatypes.StepsRecord
import android.health.connect.datatypes.WeightRecord
import android.health.connect.datatypes.units.BloodGlucose
import android.health.connect.datatypes.units.Length
import android.health.connect.datatypes.units.Mass
import android.health.connect.datatypes.units.Percentage
import android.health.connect.datatypes.units.Pressure
import android.health.connect.datatypes.units.Temperature
import androidx.test.core.app.ApplicationProvider
import java.time.Instant
import java.time.ZoneOffset
import kotlin.test.assertEquals
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.platform.HealthConnectRecords
import org.keepwell.platform.HealthConnectSource
import org.keepwell.platform.IncomingIntents
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Measurement
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config

/** What is made of Health Connect's own records, as the framework's classes have them. */
@RunWith(RobolectricTestRunner::class)
@Config(application = Application::class, sdk = [34, 35])
class HealthConnectTest {
    private val app = ApplicationProvider.getApplicationContext<Application>()
    private val origin = DataOrigin.Builder().setPackageName("org.example.cuff").build()

    private fun metadata(method: Int = Metadata.RECORDING_METHOD_MANUAL_ENTRY) =
        Metadata.Builder().setId(ID).setDataOrigin(origin).setRecordingMethod(method).build()

    private fun beats(method: Int, vararg rates: Long) = HeartRateRecord.Builder(
        metadata(method), TIME, TIME.plusSeconds(60), rates.mapIndexed { at, rate -> HeartRateSample(rate, TIME.plusSeconds(at.toLong())) },
    ).setStartZoneOffset(ZONE).setEndZoneOffset(ZONE).build()

    private fun of(kind: HealthKind, value: Double, second: Double? = null) =
        Measurement(kind, ID, TIME.atOffset(ZONE), value, second, app = "org.example.cuff")

    @Test
    fun eachKindHasTheUnitOfMedicineAndTheZoneItWasMeasuredIn() {
        val records = mapOf(
            BloodPressureRecord.Builder(metadata(), TIME, 0, Pressure.fromMillimetersOfMercury(128.0), Pressure.fromMillimetersOfMercury(84.0), 0)
                .setZoneOffset(ZONE).build() to of(HealthKind.BLOOD_PRESSURE, 128.0, 84.0),
            WeightRecord.Builder(metadata(), TIME, Mass.fromGrams(72_500.0)).setZoneOffset(ZONE).build() to of(HealthKind.BODY_WEIGHT, 72.5),
            HeightRecord.Builder(metadata(), TIME, Length.fromMeters(1.75)).setZoneOffset(ZONE).build() to of(HealthKind.BODY_HEIGHT, 175.0),
            BloodGlucoseRecord.Builder(metadata(), TIME, 0, BloodGlucose.fromMillimolesPerLiter(5.4), 0, 0).setZoneOffset(ZONE).build() to
                of(HealthKind.BLOOD_GLUCOSE, 5.4),
            OxygenSaturationRecord.Builder(metadata(), TIME, Percentage.fromValue(97.0)).setZoneOffset(ZONE).build() to
                of(HealthKind.OXYGEN_SATURATION, 97.0),
            BodyTemperatureRecord.Builder(metadata(), TIME, 0, Temperature.fromCelsius(36.6)).setZoneOffset(ZONE).build() to
                of(HealthKind.BODY_TEMPERATURE, 36.6),
        )
        for ((record, measurement) in records) assertEquals(measurement, HealthConnectRecords.measurement(record))
        assertEquals(records.values.map { it.kind }.toSet() + HealthKind.HEART_RATE, HealthConnectRecords.CLASSES.keys)
    }

    @Test
    fun aHeartRateThatAPersonMeasuredIsItsMeanAndWhatAWatchCountsAllDayIsNone() {
        val measured = assertNotNull(HealthConnectRecords.measurement(beats(Metadata.RECORDING_METHOD_ACTIVELY_RECORDED, 70, 74)))
        assertEquals(72.0, measured.value)
        assertEquals(TIME.plusSeconds(60).atOffset(ZONE), measured.until)
        assertNull(HealthConnectRecords.measurement(beats(Metadata.RECORDING_METHOD_ACTIVELY_RECORDED, 70))?.until, "one value is of one moment")
        assertNull(HealthConnectRecords.measurement(beats(Metadata.RECORDING_METHOD_AUTOMATICALLY_RECORDED, 70, 74)))
        assertNull(HealthConnectRecords.measurement(StepsRecord.Builder(metadata(), TIME, TIME.plusSeconds(60), 100).build()))
    }

    @Test
    fun onlyAResourceThatIsWholeStandsBesideOthers() {
        assertEquals("Condition", HealthConnectSource.resourceType("""{ "id": "1", "resourceType" : "Condition", "x": [1.5, {"y": null}] }"""))
        for (other in listOf(
            "", "[]", "null", "{", """{"resourceType":"Condition"""", """{"resourceType":"Condition"}{}""", """{"resourceType":"Condition"},{"a":1}""",
            """{'resourceType':'Condition'}""", """{"resourceType":null}""", """{"resourceType":5}""", """{"resourceType":"../Patient"}""", """{"id":"1"}""",
        )) {
            assertNull(HealthConnectSource.resourceType(other), other)
        }
    }

    @Test
    fun aPhoneWithoutItOffersNothing(): Unit = runBlocking {
        val source = HealthConnectSource(app)
        if (!source.isThere) assertEquals(Outcome.Failed(Problem.HealthUnreadable("Missing")), source.read())
    }

    @Test
    fun withoutLeaveNothingIsReadAndThatIsTold(): Unit = runBlocking {
        val source = HealthConnectSource(app)
        if (source.isThere) {
            val refused = HealthKind.entries.toSet() - HealthKind.CLINIC_RECORDS
            assertEquals(Outcome.Done(HealthReading(emptyList(), emptyList(), refused)), source.read())
        }
    }

    @Test
    fun whatIsAskedForIsDeclaredAndNothingThatIsWritten() {
        val declared = checkNotNull(app.packageManager.getPackageInfo(app.packageName, PackageManager.GET_PERMISSIONS).requestedPermissions).toSet()
        val asked = HealthConnectSource(app).permissions
        assertTrue(asked.size >= 7)
        assertEquals(emptySet(), asked - declared)
        assertTrue(declared.none { "health.WRITE" in it || "BACKGROUND" in it && "health" in it })
        val why = Intent("android.intent.action.VIEW_PERMISSION_USAGE").addCategory("android.intent.category.HEALTH_PERMISSIONS")
        assertNotNull(app.packageManager.resolveActivity(why, 0), "Android asks for no health permission of an app that does not say why")
        assertNull(IncomingIntents.read(why, app.contentResolver))
    }

    private companion object {
        const val ID = "00000000-0000-4000-8000-000000000001"
        val TIME: Instant = Instant.parse("2026-11-20T06:15:00Z")
        val ZONE: ZoneOffset = ZoneOffset.ofHours(1)
    }
}
