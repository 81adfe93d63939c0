package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.SourcesState

@Composable
private fun Shown(state: SourcesState) {
    PreviewFrame { SourcesScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SourcesPreview() {
    val others = listOf(PreviewData.source("lakeside.example", needsSignIn = true), PreviewData.source("northside.example", last = null))
    Shown(state = SourcesState(sources = listOf(PreviewData.source("records.springfield.example")) + others, isLoading = false))
}

@ScreenPreviews
@Composable
internal fun SourcesNonePreview() {
    Shown(state = SourcesState(isLoading = false))
}

@ScreenPreviews
@Composable
internal fun SourcesLoadingPreview() {
    Shown(state = SourcesState())
}

@ScreenPreviews
@Composable
internal fun SourcesErrorPreview() {
    Shown(state = SourcesState(isLoading = false, problem = Problem.Other("StorageIo")))
}
