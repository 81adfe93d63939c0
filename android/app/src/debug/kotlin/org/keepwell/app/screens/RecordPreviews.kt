package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SeriesResult
import org.keepwell.wallet.screen.RecordState

@ScreenPreviews
@Composable
internal fun RecordPreview() {
    val state = record("Hemoglobin A1c")
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordLoadingPreview() {
    val state = RecordState()
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordMissingPreview() {
    val state = RecordState(problem = Problem.NotFound("NoSuchRecord"))
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordErrorPreview() {
    val state = record("Penicillin")
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordPartsPreview() {
    val state = record("Blood pressure")
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordReceivedPreview() {
    val state = record("Check-up").copy(showsReceived = true)
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordHistoryPreview() {
    val state = record("Discharge letter")
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordOthersPreview() {
    val series = FakeData.records.filter { it.summary.title == "Creatinine" }.map { SeriesResult(it.summary.id, it.picture.row) }
    val state = record("Creatinine").copy(others = series.drop(1))
    PreviewFrame { RecordScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

private fun record(title: String): RecordState {
    val record = FakeData.records.first { it.summary.title == title }
    return RecordState(picture = record.picture, history = record.versions.reversed(), received = record.content)
}
