package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.LogState

@ScreenPreviews
@Composable
internal fun LogPreview() {
    val state = LogState(ENTRIES, isLoading = false)
    PreviewFrame(tab = Route.Log) { LogScreen(state = state, onLock = {}, onEvent = {}, onSettings = {}) }
}

@ScreenPreviews
@Composable
internal fun LogLoadingPreview() {
    PreviewFrame(tab = Route.Log) { LogScreen(state = LogState(), onLock = {}, onEvent = {}, onSettings = {}) }
}

@ScreenPreviews
@Composable
internal fun LogNonePreview() {
    PreviewFrame(tab = Route.Log) { LogScreen(state = LogState(isLoading = false), onLock = {}, onEvent = {}, onSettings = {}) }
}

@ScreenPreviews
@Composable
internal fun LogOfflinePreview() {
    val state = LogState(ENTRIES.takeLast(1), isLoading = false, isOwnOnly = true)
    PreviewFrame(tab = Route.Log) { LogScreen(state = state, onLock = {}, onEvent = {}, onSettings = {}) }
}

private val ENTRIES = listOf(
    LogEntry(PreviewData.NOW, LogEvent.REVOKED, "Northside Family Clinic"),
    LogEntry(PreviewData.NOW.minusSeconds(900), LogEvent.SHARE_OPENED, "Lakeside Heart Centre, front desk"),
    LogEntry(PreviewData.NOW.minusSeconds(1200), LogEvent.SHARE_MADE, null),
    LogEntry(PreviewData.NOW.minusSeconds(80_000), LogEvent.RECORDS_READ, "Northside Family Clinic"),
    LogEntry(PreviewData.NOW.minusSeconds(86_400), LogEvent.GRANTED, "Northside Family Clinic"),
)
