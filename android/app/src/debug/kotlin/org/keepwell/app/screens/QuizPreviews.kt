package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.QuizState

@ScreenPreviews
@Composable
internal fun QuizPreview() {
    val state = QuizState(positions = listOf(3, 11, 20), answers = listOf("canyon", "", ""))
    PreviewFrame { QuizScreen(state = state, onBack = {}, onLater = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun QuizWrongPreview() {
    val state = QuizState(positions = listOf(3, 11, 20), answers = listOf("canyon", "ribbon", "drifts"), problem = Problem.QuizFailed)
    PreviewFrame { QuizScreen(state = state, onBack = {}, onLater = {}, onEvent = {}) }
}
