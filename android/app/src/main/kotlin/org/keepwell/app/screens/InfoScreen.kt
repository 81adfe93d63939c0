package org.keepwell.app.screens

import androidx.annotation.StringRes
import androidx.compose.foundation.selection.selectableGroup
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalContext
import androidx.compose.ui.res.stringResource
import org.keepwell.app.Licences
import org.keepwell.app.Phone
import org.keepwell.app.R
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LabeledText
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.RadioRow
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.SectionHeading
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.screen.InfoEvent
import org.keepwell.wallet.screen.InfoState

/** A page to read: help, privacy, the language, what this app is and what it is made of. */
@Composable
fun InfoScreen(state: InfoState, phone: Phone, onBack: () -> Unit, onEvent: (InfoEvent) -> Unit, modifier: Modifier = Modifier) {
    when (state.page) {
        SettingsPage.HELP -> Help(leadsOn = state.leadsOn, onBack = onBack, onEvent = onEvent, modifier = modifier)
        SettingsPage.PRIVACY -> Privacy(questions = state.ledgerQuestions, onBack = onBack, modifier = modifier)
        SettingsPage.LANGUAGE -> Language(phone = phone, onBack = onBack, modifier = modifier)
        SettingsPage.LICENCES -> LicenceList(onBack = onBack, modifier = modifier)
        else -> About(phone = phone, onBack = onBack, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Help(leadsOn: Boolean, onBack: () -> Unit, onEvent: (InfoEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.help_title)) }
        QUESTIONS.forEach { (question, answer) -> item { Explained(title = question, text = answer) } }
        item { SectionHeading(text = stringResource(R.string.glossary_title)) }
        GLOSSARY.forEach { (word, meaning) ->
            item { InfoCard { LabeledText(label = stringResource(word), text = stringResource(meaning)) } }
        }
        if (!leadsOn) return@ScreenFrame
        item {
            LinkCard(title = stringResource(R.string.support_title), onClick = { onEvent(InfoEvent(SettingsPage.SUPPORT)) })
        }
    }
}

@Composable
private fun Privacy(questions: LedgerQuestions?, onBack: () -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.privacy_title)) }
        PRIVACY.forEach { (title, text) -> item { Explained(title = title, text = text) } }
        val asked = when (questions) {
            LedgerQuestions.OBLIVIOUS -> R.string.privacy_asked_sealed
            LedgerQuestions.DIRECT -> R.string.privacy_asked_directly
            null -> return@ScreenFrame
        }
        item { Explained(title = R.string.privacy_asked_title, text = asked) }
    }
}

@Composable
private fun Language(phone: Phone, onBack: () -> Unit, modifier: Modifier = Modifier) {
    var chosen by remember(phone) { mutableStateOf(phone.language) }
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.language_title)) }
        if (phone.canChooseLanguage) {
            item {
                InfoCard(modifier = Modifier.selectableGroup()) {
                    LANGUAGES.forEach { (tag, name) ->
                        RadioRow(
                            text = stringResource(name),
                            isChosen = chosen == tag,
                            onChoose = {
                                chosen = tag
                                phone.chooseLanguage(tag)
                            },
                        )
                    }
                }
            }
        } else {
            item { Text(text = stringResource(R.string.language_how), style = MaterialTheme.typography.bodyLarge) }
            item { OtherButton(text = stringResource(R.string.notices_open), onClick = phone::openLanguageSettings) }
        }
        item { SecondaryText(text = stringResource(R.string.text_size_how)) }
    }
}

@Composable
private fun About(phone: Phone, onBack: () -> Unit, onEvent: (InfoEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.about_title), above = stringResource(R.string.about_version, phone.version)) }
        item { Notice(text = stringResource(R.string.about_care), tone = Tone.WARNING) }
        item { Text(text = stringResource(R.string.about_doctor), style = MaterialTheme.typography.bodyLarge) }
        item { Text(text = stringResource(R.string.about_free), style = MaterialTheme.typography.bodyLarge) }
        item {
            LinkCard(title = stringResource(R.string.licences_title), onClick = { onEvent(InfoEvent(SettingsPage.LICENCES)) })
        }
        item {
            LinkCard(title = stringResource(R.string.support_title), onClick = { onEvent(InfoEvent(SettingsPage.SUPPORT)) })
        }
    }
}

@Composable
private fun LicenceList(onBack: () -> Unit, modifier: Modifier = Modifier) {
    val context = LocalContext.current
    val parts = remember { Licences.read(context).parts }
    var opened by remember { mutableStateOf<Int?>(null) }
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.licences_title)) }
        item { Text(text = stringResource(R.string.licences_body), style = MaterialTheme.typography.bodyLarge) }
        parts.forEachIndexed { at, part ->
            item {
                LinkCard(
                    title = "${part.name} ${part.version}".trim(),
                    onClick = { opened = at.takeIf { opened != at } },
                    detail = part.licence,
                )
            }
            if (opened == at) {
                item { SecondaryText(text = part.source) }
                // A paragraph each, so that a long text is not laid out at once.
                val paragraphs = part.notices.flatMap { it.split(Regex("\\n\\s*\\n")) }
                items(count = paragraphs.size) { SecondaryText(text = paragraphs[it]) }
            }
        }
    }
}

@Composable
private fun Explained(@StringRes title: Int, @StringRes text: Int, modifier: Modifier = Modifier) {
    InfoCard(modifier = modifier) {
        Text(text = stringResource(title), style = MaterialTheme.typography.titleMedium)
        Text(text = stringResource(text), style = MaterialTheme.typography.bodyLarge)
    }
}

private val LANGUAGES = listOf(null to R.string.language_phone, "en" to R.string.language_english, "es" to R.string.language_spanish)

private val QUESTIONS = listOf(
    R.string.help_emergency to R.string.help_emergency_answer,
    R.string.help_lost_phone to R.string.help_lost_phone_answer,
    R.string.help_forgot_pin to R.string.help_forgot_pin_answer,
    R.string.help_lost_words to R.string.help_lost_words_answer,
    R.string.help_found_words to R.string.help_found_words_answer,
    R.string.help_asked_words to R.string.help_asked_words_answer,
    R.string.help_clinic to R.string.help_clinic_answer,
    R.string.help_end to R.string.help_end_answer,
    R.string.help_who_read to R.string.help_who_read_answer,
    R.string.help_wrong_record to R.string.help_wrong_record_answer,
    R.string.help_offline to R.string.help_offline_answer,
)

private val PRIVACY = listOf(
    R.string.privacy_phone_title to R.string.privacy_phone,
    R.string.privacy_copy_title to R.string.privacy_copy,
    R.string.privacy_clinics_title to R.string.privacy_clinics,
    R.string.privacy_codes_title to R.string.privacy_codes,
    R.string.privacy_traces_title to R.string.privacy_traces,
    R.string.privacy_none_title to R.string.privacy_none,
)

private val GLOSSARY = listOf(
    R.string.glossary_record to R.string.glossary_record_meaning,
    R.string.glossary_access to R.string.glossary_access_meaning,
    R.string.glossary_end_access to R.string.glossary_end_access_meaning,
    R.string.glossary_code to R.string.glossary_code_meaning,
    R.string.match_code to R.string.glossary_number_to_compare_meaning,
    R.string.glossary_recovery_words to R.string.glossary_recovery_words_meaning,
    R.string.glossary_extra_password to R.string.glossary_extra_password_meaning,
    R.string.glossary_pin to R.string.glossary_pin_meaning,
    R.string.glossary_server to R.string.glossary_server_meaning,
    R.string.glossary_ledger to R.string.glossary_ledger_meaning,
    R.string.glossary_key to R.string.glossary_key_meaning,
    R.string.glossary_wallet to R.string.glossary_wallet_meaning,
    R.string.glossary_fhir to R.string.glossary_fhir_meaning,
)
