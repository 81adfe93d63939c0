package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.BiometricsState
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun BiometricsPreview() = Biometrics(state = BiometricsState(isOn = false, isBusy = false))

@ScreenPreviews
@Composable
internal fun BiometricsOnPreview() = Biometrics(state = BiometricsState(isOn = true, isBusy = false))

@ScreenPreviews
@Composable
internal fun BiometricsLostPreview() = Biometrics(state = BiometricsState(isOn = false, isBusy = false, wasLost = true))

@ScreenPreviews
@Composable
internal fun BiometricsLoadingPreview() = Biometrics(state = BiometricsState())

@ScreenPreviews
@Composable
internal fun BiometricsErrorPreview() = Biometrics(state = BiometricsState(isOn = true, isBusy = false, problem = Problem.Other("StorageIo")))

@ScreenPreviews
@Composable
internal fun BiometricsPinPreview() = Biometrics(state = BiometricsState(isOn = false, isBusy = false, isConfirming = true))

@ScreenPreviews
@Composable
internal fun BiometricsNonePreview() = Biometrics(
    state = BiometricsState(isOn = false, isBusy = false, isConfirming = true, pin = PinState(problem = Problem.BiometricsUnavailable)),
)

@Composable
private fun Biometrics(state: BiometricsState) = PreviewFrame { BiometricsScreen(state = state, onRecover = {}, onEvent = {}) }
