package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.AtRisk
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.EraseState
import org.keepwell.wallet.screen.EraseStep
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun ErasePreview() = Erasing(state = EraseState(atRisk = SAFE))

@ScreenPreviews
@Composable
internal fun EraseAtRiskPreview() = Erasing(state = EraseState(atRisk = SAFE.copy(records = 3, decisions = 1, areWordsChecked = false)))

@ScreenPreviews
@Composable
internal fun EraseSendingPreview() = Erasing(state = EraseState(atRisk = SAFE.copy(decisions = 2), isSending = true, problem = Problem.Offline))

@ScreenPreviews
@Composable
internal fun EraseLoadingPreview() = Erasing(state = EraseState())

@ScreenPreviews
@Composable
internal fun EraseUnknownPreview() = Erasing(state = EraseState(problem = Problem.Other("StorageIo")))

@ScreenPreviews
@Composable
internal fun EraseOnlyHerePreview() = Erasing(state = EraseState(atRisk = SAFE.copy(records = 12, isConnected = false)))

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

private val SAFE = AtRisk(records = 0, decisions = 0, isConnected = true, areWordsChecked = true)

@Composable
private fun Erasing(state: EraseState) = PreviewFrame { EraseScreen(state = state, onRecover = {}, onEvent = {}) }
