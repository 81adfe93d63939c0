package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Printout
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.PrintState
import org.keepwell.wallet.screen.PrintStep

@ScreenPreviews
@Composable
internal fun PrintPreview() = Printing(state = PrintState(counts = PreviewData.COUNTS))

@ScreenPreviews
@Composable
internal fun PrintNothingPreview() =
    Printing(state = PrintState(counts = PreviewData.COUNTS, categories = setOf(Category.ALLERGIES), problem = Problem.NothingToShare))

@ScreenPreviews
@Composable
internal fun PrintPinPreview() = Printing(state = PrintState(step = PrintStep.PIN, pin = PinState(entered = 4)))

@ScreenPreviews
@Composable
internal fun PrintReadyPreview() = Printing(state = PrintState(step = PrintStep.READY, printout = Printout(ByteArray(0))))

@Composable
private fun Printing(state: PrintState) = PreviewFrame { PrintScreen(state = state, onPrint = {}, onRecover = {}, onEvent = {}) }
