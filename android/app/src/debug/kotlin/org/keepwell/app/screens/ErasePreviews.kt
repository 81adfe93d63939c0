package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.EraseState
import org.keepwell.wallet.screen.EraseStep
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun ErasePreview() = Erasing(state = EraseState(isOnlyHere = false))

@ScreenPreviews
@Composable
internal fun EraseOnlyHerePreview() = Erasing(state = EraseState(isOnlyHere = true))

@ScreenPreviews
@Composable
internal fun ErasePinPreview() = Erasing(state = EraseState(step = EraseStep.PIN, pin = PinState(entered = 6)))

@ScreenPreviews
@Composable
internal fun EraseForgottenPreview() = Erasing(state = EraseState(isForgotten = true))

@ScreenPreviews
@Composable
internal fun EraseQuestionPreview() = Erasing(state = EraseState(isForgotten = true, isAsking = true))

@ScreenPreviews
@Composable
internal fun EraseBusyPreview() = Erasing(state = EraseState(isForgotten = true, isErasing = true))

@ScreenPreviews
@Composable
internal fun EraseErrorPreview() = Erasing(state = EraseState(isForgotten = true, problem = Problem.EraseFailed("StorageIo")))

@Composable
private fun Erasing(state: EraseState) = PreviewFrame { EraseScreen(state = state, onRecover = {}, onEvent = {}) }
