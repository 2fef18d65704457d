export { readSettings, type Settings, type SettingTexts, settingOptions } from './settings.ts';
