package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.minutes
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.SettingsState

@ScreenPreviews
@Composable
internal fun SettingsPreview() = Settings(state = SettingsState(hasBiometrics = false, autoLock = AutoLock(5.minutes, 1.minutes)))

@ScreenPreviews
@Composable
internal fun SettingsBiometricsPreview() = Settings(state = SettingsState(hasBiometrics = true, autoLock = AutoLock(5.minutes, 1.minutes)))

@ScreenPreviews
@Composable
internal fun SettingsLoadingPreview() = Settings(state = SettingsState())

@ScreenPreviews
@Composable
internal fun SettingsErrorPreview() = Settings(state = SettingsState(problem = Problem.Other("StorageIo")))

@Composable
private fun Settings(state: SettingsState) = PreviewFrame { SettingsScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
