package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Todo
import org.keepwell.wallet.screen.RecordsState

@ScreenPreviews
@Composable
internal fun RecordsPreview() {
    val state = RecordsState(counts = PreviewData.COUNTS, isLoading = false)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsLoadingPreview() {
    val state = RecordsState()
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsEmptyPreview() {
    val state = RecordsState(isLoading = false)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsTodoPreview() {
    val state = RecordsState(isLoading = false, todo = Todo.entries)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsLockedPreview() {
    val state = RecordsState(isLoading = false, problem = Problem.Locked)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsSearchPreview() {
    val shown = setOf(Category.MEDICATIONS, Category.CONDITIONS)
    val found = FakeData.records.map { it.summary }.filter { it.category in shown }
    val state = RecordsState(search = "e", records = found, isLoading = false)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun RecordsNonePreview() {
    val state = RecordsState(search = "xylophone", isLoading = false)
    PreviewFrame { RecordsScreen(state = state, onBack = null, onLock = {}, onEvent = {}) }
}
