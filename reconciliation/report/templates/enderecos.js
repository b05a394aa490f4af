"use strict";
// The S3 console opens an object by an address that is signed for it alone: from there a link leads to the
// console's page of what it names. Anywhere else the files lie beside each other.
const consoleAddress = (href, at) => {
  const host = at.hostname.match(/^(.+)\.s3\.([a-z0-9-]+)\.amazonaws\.com$/);
  if (!host || href.startsWith("#")) return href;
  const [, bucket, region] = host, key = new URL(href, at).pathname.slice(1);
  return `https://${region}.console.aws.amazon.com/s3/object/${bucket}?region=${region}&prefix=${key}`;
};
for (const link of document.querySelectorAll("a[href]"))
  link.setAttribute("href", consoleAddress(link.getAttribute("href"), location));
