package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.HealthKind
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.HealthState
import org.keepwell.wallet.screen.HealthStep

@ScreenPreviews
@Composable
internal fun HealthPreview() = Collected(state = HealthState())

@ScreenPreviews
@Composable
internal fun HealthReadingPreview() = Collected(state = HealthState(step = HealthStep.READING))

@ScreenPreviews
@Composable
internal fun HealthFoundPreview() = Collected(
    state = HealthState(
        step = HealthStep.FOUND,
        counts = mapOf(HealthKind.BLOOD_PRESSURE to 31, HealthKind.BODY_WEIGHT to 12, HealthKind.CLINIC_RECORDS to 4),
        refused = setOf(HealthKind.HEART_RATE, HealthKind.BODY_TEMPERATURE),
    ),
)

@ScreenPreviews
@Composable
internal fun HealthNonePreview() = Collected(state = HealthState(step = HealthStep.FOUND))

@ScreenPreviews
@Composable
internal fun HealthRefusedPreview() = Collected(state = HealthState(step = HealthStep.FOUND, refused = HealthKind.entries.toSet()))

@ScreenPreviews
@Composable
internal fun HealthErrorPreview() = Collected(state = HealthState(problem = Problem.HealthUnreadable("5")))

@Composable
private fun Collected(state: HealthState) = PreviewFrame { HealthScreen(state = state, onAsk = {}, onLock = {}, onEvent = {}) }
