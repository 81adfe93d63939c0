package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.screen.InfoState

@ScreenPreviews
@Composable
internal fun InfoHelpPreview() = Info(page = SettingsPage.HELP)

@ScreenPreviews
@Composable
internal fun InfoPrivacyPreview() = Info(page = SettingsPage.PRIVACY, questions = LedgerQuestions.OBLIVIOUS)

@ScreenPreviews
@Composable
internal fun InfoLanguagePreview() = Info(page = SettingsPage.LANGUAGE)

@ScreenPreviews
@Composable
internal fun InfoLanguageOfPhonePreview() = Info(page = SettingsPage.LANGUAGE, canChooseLanguage = false)

@ScreenPreviews
@Composable
internal fun InfoAboutPreview() = Info(page = SettingsPage.ABOUT)

@ScreenPreviews
@Composable
internal fun InfoLicencesPreview() = Info(page = SettingsPage.LICENCES)

@Composable
private fun Info(page: SettingsPage, canChooseLanguage: Boolean = true, questions: LedgerQuestions? = null) =
    PreviewFrame { InfoScreen(state = InfoState(page, ledgerQuestions = questions), phone = PreviewPhone(canChooseLanguage), onBack = {}, onEvent = {}) }
