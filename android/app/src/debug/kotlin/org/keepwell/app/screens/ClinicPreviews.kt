package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.ClinicState

@ScreenPreviews
@Composable
internal fun ClinicPreview() {
    PreviewFrame { ClinicScreen(state = CLINIC, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicLoadingPreview() {
    val state = ClinicState(clinic = FakeData.northside.copy(place = null), grants = listOf(PreviewData.GRANT))
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicEndedPreview() {
    val state = CLINIC.copy(grants = listOf(ENDED))
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicOfflinePreview() {
    val entries = CLINIC.entries?.takeLast(1)
    val state = CLINIC.copy(grants = listOf(ENDED), isProved = false, isOffline = true, entries = entries, recordsRead = mapOf(ENDED.id to null))
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicKeyChangedPreview() {
    val state = ClinicState(clinic = FakeData.changed, grants = listOf(PreviewData.GRANT), entries = emptyList(), isLoading = false)
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicEndAllPreview() {
    val grants = listOf(PreviewData.GRANT, PreviewData.grant("Northside Family Clinic", GrantState.PENDING, 805_112))
    val state = CLINIC.copy(grants = grants, asking = grants)
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ClinicLockedPreview() {
    val state = ClinicState(isLoading = false, problem = Problem.Locked)
    PreviewFrame { ClinicScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

private val ENDED = PreviewData.grant("Northside Family Clinic", GrantState.REVOKED, 3)

private fun entry(hours: Long, event: LogEvent, records: Long? = null) =
    LogEntry(PreviewData.NOW.minusSeconds(hours * 3600), event, "Northside Family Clinic", ENDED.id, records)

private val CLINIC = ClinicState(
    clinic = FakeData.northside,
    isProved = true,
    grants = listOf(PreviewData.GRANT, ENDED),
    entries = listOf(
        entry(hours = 20, LogEvent.RECORDS_READ, records = 12), entry(hours = 20, LogEvent.GRANT_READ), entry(hours = 26, LogEvent.GRANTED),
    ),
    recordsRead = mapOf(PreviewData.GRANT.id to 0, ENDED.id to 12),
    isLoading = false,
)
