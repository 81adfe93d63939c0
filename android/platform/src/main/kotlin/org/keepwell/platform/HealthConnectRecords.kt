package org.keepwell.platform

import android.annotation.TargetApi
import android.health.connect.datatypes.BloodGlucoseRecord
import android.health.connect.datatypes.BloodPressureRecord
import android.health.connect.datatypes.BodyTemperatureRecord
import android.health.connect.datatypes.HeartRateRecord
import android.health.connect.datatypes.HeightRecord
import android.health.connect.datatypes.InstantRecord
import android.health.connect.datatypes.Metadata
import android.health.connect.datatypes.OxygenSaturationRecord
import android.health.connect.datatypes.Record
import android.health.connect.datatypes.WeightRecord
import android.os.Build
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.Measurement

/** What Health Connect's records say, in the units of medicine. */
@TargetApi(Build.VERSION_CODES.UPSIDE_DOWN_CAKE)
object HealthConnectRecords {
    /** The classes that are read, with their kind. */
    val CLASSES: Map<HealthKind, Class<out Record>> = mapOf(
        HealthKind.BLOOD_PRESSURE to BloodPressureRecord::class.java,
        HealthKind.HEART_RATE to HeartRateRecord::class.java,
        HealthKind.BODY_WEIGHT to WeightRecord::class.java,
        HealthKind.BODY_HEIGHT to HeightRecord::class.java,
        HealthKind.BLOOD_GLUCOSE to BloodGlucoseRecord::class.java,
        HealthKind.OXYGEN_SATURATION to OxygenSaturationRecord::class.java,
        HealthKind.BODY_TEMPERATURE to BodyTemperatureRecord::class.java,
    )

    /** The record as a measurement; null for what is none that a person has made, or has nothing in it. */
    fun measurement(record: Record): Measurement? = when (record) {
        is BloodPressureRecord -> record.measured(
            HealthKind.BLOOD_PRESSURE, record.systolic.inMillimetersOfMercury, second = record.diastolic.inMillimetersOfMercury,
        )
        is WeightRecord -> record.measured(HealthKind.BODY_WEIGHT, record.weight.inGrams / GRAMS)
        is HeightRecord -> record.measured(HealthKind.BODY_HEIGHT, record.height.inMeters * CENTIMETERS)
        is BloodGlucoseRecord -> record.measured(HealthKind.BLOOD_GLUCOSE, record.level.inMillimolesPerLiter)
        is OxygenSaturationRecord -> record.measured(HealthKind.OXYGEN_SATURATION, record.percentage.value)
        is BodyTemperatureRecord -> record.measured(HealthKind.BODY_TEMPERATURE, record.temperature.inCelsius)
        is HeartRateRecord -> record.mean()
        else -> null
    }

    private fun InstantRecord.measured(kind: HealthKind, value: Double, second: Double? = null) =
        Measurement(kind, metadata.id, time.atOffset(zoneOffset), value, second, app = metadata.app)

    /** What a watch counts all day, thousands a week, tells no doctor anything. */
    private fun HeartRateRecord.mean(): Measurement? {
        if (metadata.recordingMethod == Metadata.RECORDING_METHOD_AUTOMATICALLY_RECORDED || samples.isEmpty()) return null
        val from = startTime.atOffset(startZoneOffset)
        val until = endTime.atOffset(endZoneOffset).takeIf { samples.size > 1 && endTime.isAfter(startTime) }
        return Measurement(HealthKind.HEART_RATE, metadata.id, from, samples.map { it.beatsPerMinute }.average(), until = until, app = metadata.app)
    }

    private val Metadata.app get() = dataOrigin.packageName.takeUnless { it.isNullOrEmpty() }

    private const val GRAMS = 1_000
    private const val CENTIMETERS = 100
}
