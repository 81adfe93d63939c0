package org.keepwell.platform

import android.annotation.TargetApi
import android.content.Context
import android.content.pm.PackageManager
import android.health.connect.GetMedicalDataSourcesRequest
import android.health.connect.HealthConnectException
import android.health.connect.HealthConnectManager
import android.health.connect.HealthPermissions
import android.health.connect.ReadMedicalResourcesInitialRequest
import android.health.connect.ReadMedicalResourcesPageRequest
import android.health.connect.ReadMedicalResourcesRequest
import android.health.connect.ReadMedicalResourcesResponse
import android.health.connect.ReadRecordsRequestUsingFilters
import android.health.connect.ReadRecordsResponse
import android.health.connect.datatypes.MedicalDataSource
import android.health.connect.datatypes.MedicalResource
import android.health.connect.datatypes.Record
import android.os.Build
import android.os.OutcomeReceiver
import android.util.JsonReader
import android.util.JsonToken
import java.io.IOException
import java.io.StringReader
import java.util.concurrent.Executor
import kotlin.coroutines.resume
import kotlin.coroutines.resumeWithException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.asExecutor
import kotlinx.coroutines.suspendCancellableCoroutine
import org.keepwell.wallet.model.ClinicRecord
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.HealthReading
import org.keepwell.wallet.model.Measurement
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.HealthSource

/**
 * Health Connect as the framework has it since Android 14, and clinics' records in it since 16. AndroidX's client would add what was an
 * app of its own before that, and with it Protocol Buffers and Guava.
 */
class HealthConnectSource(private val context: Context) : HealthSource {
    override val isThere get() = Build.VERSION.SDK_INT >= Build.VERSION_CODES.UPSIDE_DOWN_CAKE && manager() != null

    override val name get() = "Health Connect"

    override val permissions: Set<String>
        get() {
            val clinics = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.BAKLAVA) CLINIC_PERMISSIONS.values.toSet() else emptySet()
            // Without it the phone gives out thirty days.
            val past = if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.VANILLA_ICE_CREAM) setOf(HealthPermissions.READ_HEALTH_DATA_HISTORY) else emptySet()
            return MEASUREMENT_PERMISSIONS.values.toSet() + past + clinics
        }

    override suspend fun read(): Outcome<HealthReading> {
        val manager = manager() ?: return Outcome.Failed(Problem.HealthUnreadable("Missing"))
        val refused = HashSet<HealthKind>()
        return try {
            val measurements = HealthConnectRecords.CLASSES.flatMap { (kind, type) ->
                val read = if (isAllowed(MEASUREMENT_PERMISSIONS.getValue(kind))) allowed { measurements(manager, type) } else null
                read ?: emptyList<Measurement>().also { refused += kind }
            }
            val clinics = clinicRecords(manager) ?: emptyList<ClinicRecord>().also { refused += HealthKind.CLINIC_RECORDS }
            Outcome.Done(HealthReading(measurements, clinics, refused))
        } catch (e: HealthConnectException) {
            Outcome.Failed(Problem.HealthUnreadable(e.errorCode.toString()))
        } catch (e: HealthServiceException) {
            Outcome.Failed(Problem.HealthUnreadable("Remote"))
        }
    }

    private fun manager(): HealthConnectManager? = context.getSystemService(HealthConnectManager::class.java)

    private fun isAllowed(permission: String) = context.checkSelfPermission(permission) == PackageManager.PERMISSION_GRANTED

    @TargetApi(Build.VERSION_CODES.UPSIDE_DOWN_CAKE)
    private suspend fun <T : Record> measurements(manager: HealthConnectManager, type: Class<T>): List<Measurement> {
        val found = ArrayList<Measurement>()
        var next: Long? = null
        do {
            val request = ReadRecordsRequestUsingFilters.Builder(type).setPageSize(PAGE).apply { next?.let { setPageToken(it) } }.build()
            val page = ask<ReadRecordsResponse<T>> { executor, receiver -> manager.readRecords(request, executor, receiver) }
            page.records.mapNotNullTo(found, HealthConnectRecords::measurement)
            next = page.nextPageToken.takeIf { it >= 0 && found.size < MOST }
        } while (next != null)
        return found
    }

    /** Null where none of them may be read. */
    private suspend fun clinicRecords(manager: HealthConnectManager): List<ClinicRecord>? {
        if (Build.VERSION.SDK_INT < Build.VERSION_CODES.BAKLAVA) return emptyList()
        val types = CLINIC_PERMISSIONS.filterValues(::isAllowed).keys
        if (types.isEmpty()) return null
        return allowed {
            val request = GetMedicalDataSourcesRequest.Builder().build()
            val sources = ask<List<MedicalDataSource>> { executor, receiver -> manager.getMedicalDataSources(request, executor, receiver) }
            val addresses = sources.associate { it.id to it.fhirBaseUri.toString().trimEnd('/') }
            types.flatMap { resources(manager, it) }.mapNotNull { record(it, addresses[it.dataSourceId]) }
        }
    }

    @TargetApi(Build.VERSION_CODES.BAKLAVA)
    private suspend fun resources(manager: HealthConnectManager, type: Int): List<MedicalResource> {
        val found = ArrayList<MedicalResource>()
        var next: ReadMedicalResourcesRequest? = ReadMedicalResourcesInitialRequest.Builder(type).setPageSize(PAGE).build()
        while (next != null) {
            val request: ReadMedicalResourcesRequest = next
            val page = ask<ReadMedicalResourcesResponse> { executor, receiver -> manager.readMedicalResources(request, executor, receiver) }
            found += page.medicalResources
            val token = page.nextPageToken.takeIf { found.size < MOST }
            next = token?.let { ReadMedicalResourcesPageRequest.Builder(it).setPageSize(PAGE).build() }
        }
        return found
    }

    @TargetApi(Build.VERSION_CODES.BAKLAVA)
    private fun record(resource: MedicalResource, server: String?): ClinicRecord? {
        val json = resource.fhirResource.data
        val type = resourceType(json) ?: return null
        val address = server ?: "urn:uuid:${resource.dataSourceId}"
        return ClinicRecord("$address/$type/${resource.fhirResource.id}", json)
    }

    /** Null where the permission was taken back in the middle: what was read until then is left, too. */
    private suspend fun <T> allowed(read: suspend () -> T): T? = try {
        read()
    } catch (e: HealthConnectException) {
        if (e.errorCode == HealthConnectException.ERROR_SECURITY) null else throw e
    } catch (_: SecurityException) {
        null
    }

    private suspend fun <T> ask(call: (Executor, OutcomeReceiver<T, HealthConnectException>) -> Unit): T = suspendCancellableCoroutine { waiting ->
        val receiver = object : OutcomeReceiver<T, HealthConnectException> {
            override fun onResult(result: T) = waiting.resume(result)

            override fun onError(error: HealthConnectException) = waiting.resumeWithException(error)
        }
        try {
            call(Dispatchers.Default.asExecutor(), receiver)
        } catch (e: SecurityException) {
            throw e
        } catch (e: RuntimeException) {
            throw HealthServiceException(e)
        }
    }

    /** The system's service is gone, or does not do as it says. */
    private class HealthServiceException(cause: RuntimeException) : Exception(cause)

    companion object {
        private const val PAGE = 1_000

        /** More of a kind than anybody measures. */
        private const val MOST = 20_000

        private val MEASUREMENT_PERMISSIONS = mapOf(
            HealthKind.BLOOD_PRESSURE to HealthPermissions.READ_BLOOD_PRESSURE,
            HealthKind.HEART_RATE to HealthPermissions.READ_HEART_RATE,
            HealthKind.BODY_WEIGHT to HealthPermissions.READ_WEIGHT,
            HealthKind.BODY_HEIGHT to HealthPermissions.READ_HEIGHT,
            HealthKind.BLOOD_GLUCOSE to HealthPermissions.READ_BLOOD_GLUCOSE,
            HealthKind.OXYGEN_SATURATION to HealthPermissions.READ_OXYGEN_SATURATION,
            HealthKind.BODY_TEMPERATURE to HealthPermissions.READ_BODY_TEMPERATURE,
        )

        /** Every kind of clinics' records, except that of who works there. */
        private val CLINIC_PERMISSIONS = mapOf(
            MedicalResource.MEDICAL_RESOURCE_TYPE_ALLERGIES_INTOLERANCES to HealthPermissions.READ_MEDICAL_DATA_ALLERGIES_INTOLERANCES,
            MedicalResource.MEDICAL_RESOURCE_TYPE_CONDITIONS to HealthPermissions.READ_MEDICAL_DATA_CONDITIONS,
            MedicalResource.MEDICAL_RESOURCE_TYPE_LABORATORY_RESULTS to HealthPermissions.READ_MEDICAL_DATA_LABORATORY_RESULTS,
            MedicalResource.MEDICAL_RESOURCE_TYPE_MEDICATIONS to HealthPermissions.READ_MEDICAL_DATA_MEDICATIONS,
            MedicalResource.MEDICAL_RESOURCE_TYPE_PERSONAL_DETAILS to HealthPermissions.READ_MEDICAL_DATA_PERSONAL_DETAILS,
            MedicalResource.MEDICAL_RESOURCE_TYPE_PREGNANCY to HealthPermissions.READ_MEDICAL_DATA_PREGNANCY,
            MedicalResource.MEDICAL_RESOURCE_TYPE_PROCEDURES to HealthPermissions.READ_MEDICAL_DATA_PROCEDURES,
            MedicalResource.MEDICAL_RESOURCE_TYPE_SOCIAL_HISTORY to HealthPermissions.READ_MEDICAL_DATA_SOCIAL_HISTORY,
            MedicalResource.MEDICAL_RESOURCE_TYPE_VACCINES to HealthPermissions.READ_MEDICAL_DATA_VACCINES,
            MedicalResource.MEDICAL_RESOURCE_TYPE_VISITS to HealthPermissions.READ_MEDICAL_DATA_VISITS,
            MedicalResource.MEDICAL_RESOURCE_TYPE_VITAL_SIGNS to HealthPermissions.READ_MEDICAL_DATA_VITAL_SIGNS,
        )

        /** The type of a resource that is whole JSON; null for anything else, which would spoil what stands beside it. */
        fun resourceType(json: String): String? = try {
            JsonReader(StringReader(json)).use { reader ->
                var type: String? = null
                reader.beginObject()
                while (reader.hasNext()) if (reader.nextName() == "resourceType") type = reader.nextString() else reader.skipValue()
                reader.endObject()
                type?.takeIf { reader.peek() == JsonToken.END_DOCUMENT && it.all { letter -> letter in 'A'..'Z' || letter in 'a'..'z' } }
            }
        } catch (_: IOException) {
            null
        } catch (_: IllegalStateException) {
            null
        } catch (_: NumberFormatException) {
            null
        }
    }
}
