package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.ImportEntry
import org.keepwell.wallet.model.ImportId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.SetAside
import org.keepwell.wallet.model.SetAsideId
import org.keepwell.wallet.model.SetAsideKind
import org.keepwell.wallet.model.UndoReport
import org.keepwell.wallet.screen.ImportsState

@Composable
private fun Shown(state: ImportsState, onHealth: (() -> Unit)? = null) {
    PreviewFrame { AddScreen(state = state, onBack = {}, onLock = {}, onFile = {}, onCode = {}, onLink = {}, onSources = {}, onHealth = onHealth, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AddPreview() {
    val undone = UndoReport(removed = 12, restored = 0)
    Shown(state = ImportsState(imports = IMPORTS, setAside = listOf(LETTER), isLoading = false, undone = undone), onHealth = {})
}

@ScreenPreviews
@Composable
internal fun AddFirstPreview() {
    Shown(state = ImportsState(isLoading = false))
}

@ScreenPreviews
@Composable
internal fun AddLoadingPreview() {
    Shown(state = ImportsState())
}

@ScreenPreviews
@Composable
internal fun AddErrorPreview() {
    Shown(state = ImportsState(isLoading = false, problem = Problem.Other("StorageIo")))
}

@ScreenPreviews
@Composable
internal fun AddDropPreview() {
    Shown(state = ImportsState(setAside = listOf(LETTER), isLoading = false, dropping = LETTER))
}

private val IMPORTS = listOf(
    ImportEntry(ImportId("2"), "https://fhir.springfield.example", PreviewData.NOW, added = 82, updated = 3, undone = null),
    ImportEntry(ImportId("1"), "Lakeside Heart Centre", PreviewData.NOW.minusSeconds(86_400), added = 12, updated = 0, undone = PreviewData.NOW),
)

private val LETTER = SetAside(SetAsideId("01"), "letter.pdf", SetAsideKind.DOCUMENT, bytes = 48_000, since = PreviewData.NOW)
