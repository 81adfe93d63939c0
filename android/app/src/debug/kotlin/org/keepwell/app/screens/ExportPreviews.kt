package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.ExportReport
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.ExportState
import org.keepwell.wallet.screen.ExportStep
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun ExportPreview() = Exporting(state = ExportState())

@ScreenPreviews
@Composable
internal fun ExportPinPreview() = Exporting(state = ExportState(step = ExportStep.PIN, pin = PinState(entered = 4)))

@ScreenPreviews
@Composable
internal fun ExportWritingPreview() = Exporting(state = ExportState(step = ExportStep.WRITING, written = 3_400_000))

@ScreenPreviews
@Composable
internal fun ExportDonePreview() = Exporting(state = ExportState(step = ExportStep.DONE, report = ExportReport(versions = 412)))

@ScreenPreviews
@Composable
internal fun ExportStoppedPreview() = Exporting(state = ExportState(leftover = Leftover.NOTHING))

@ScreenPreviews
@Composable
internal fun ExportErrorPreview() = Exporting(state = ExportState(problem = Problem.PlaceFull, leftover = Leftover.MAYBE_A_PART))

@Composable
private fun Exporting(state: ExportState) = PreviewFrame { ExportScreen(state = state, onPlace = { _, _ -> }, onRecover = {}, onEvent = {}) }
